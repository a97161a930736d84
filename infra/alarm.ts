import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { SILENT_PERIODS } from './schedule-rate.ts';

/** The first text that the person on call reads. */
export interface Told {
  /** What the alarm means for people, not for the stack: "somebody who left may still be signed in". */
  readonly meaning: string;
  /** The first command to run. */
  readonly first: string;
  /** The heading in docs/runbook.md, as an anchor. A test checks that the heading exists. */
  readonly runbook: string;
}

/** The description of an alarm. CloudWatch accepts at most 1,024 characters. */
export function told({ meaning, first, runbook }: Told): string {
  return `${meaning} First: ${first} Then: docs/runbook.md#${runbook}`;
}

/** What an alarm and its first command need of a function. */
type AlarmedFunction = Pick<IFunction, 'metricErrors'> & Logging;
type Logging = { readonly logGroup: { readonly logGroupName: string } };

/** The command that prints the matching lines of a function's log: an alarm's first command. */
export function tailOf(fn: Logging, pattern: string): string {
  return `aws logs tail ${fn.logGroup.logGroupName} --since 1h --filter-pattern '${pattern}'`;
}

/** Alarms when a metric exceeds its threshold in a number of the latest periods. Missing data does not raise the alarm. */
export function alarmAbove(
  scope: Construct,
  id: string,
  metric: IMetric,
  threshold: number,
  alarmDescription: string,
  periods?: { readonly of: number; readonly breaching: number },
): Alarm {
  return new Alarm(scope, id, {
    alarmDescription,
    metric,
    threshold,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: periods?.of ?? 1,
    ...(periods && { datapointsToAlarm: periods.breaching }),
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

/** Alarms when the metric exceeds zero. */
export function alarmOnAny(scope: Construct, id: string, metric: IMetric, alarmDescription: string): Alarm {
  return alarmAbove(scope, id, metric, 0, alarmDescription);
}

const DAY_SECONDS = Duration.days(1).toSeconds();

/** How an alarm looks at a time: a period has at most a day, so a longer time takes several, rounded up to whole days. */
export function periodsOf(time: Duration): { readonly period: Duration; readonly count: number } {
  const seconds = time.toSeconds();
  return {
    period: Duration.seconds(Math.min(seconds, DAY_SECONDS)),
    count: Math.ceil(seconds / DAY_SECONDS),
  };
}

/**
 * Alarms when a scheduled function has not been invoked for three of its periods. If these take more than a day, the alarm
 * counts whole days, rounded up. It is raised when all of them are silent.
 */
export function alarmOnSilence(
  scope: Construct,
  id: string,
  fn: IFunction,
  every: Duration,
  alarmDescription: string,
): Alarm {
  const { period, count } = periodsOf(Duration.seconds(SILENT_PERIODS * every.toSeconds()));
  return new Alarm(scope, id, {
    alarmDescription,
    metric: fn.metricInvocations({ period }),
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: count,
    treatMissingData: TreatMissingData.BREACHING,
  });
}

/** Alarms when a function threw an error, or when Lambda stopped it. */
export function alarmOnErrors(scope: Construct, id: string, fn: AlarmedFunction, meaning: string): Alarm {
  const first = tailOf(fn, '?ERROR ?"Task timed out" ?"Runtime exited"');
  const description = told({ meaning, first, runbook: 'a-function-fails' });
  return alarmOnAny(scope, id, fn.metricErrors({ period: Duration.minutes(5) }), description);
}
