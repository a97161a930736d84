import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { SILENT_PERIODS } from './schedule-rate.ts';

/** An alarm as soon as there is one of what should never be there. */
export function alarmOnAny(scope: Construct, id: string, metric: IMetric, alarmDescription: string): Alarm {
  return new Alarm(scope, id, {
    alarmDescription,
    metric,
    threshold: 0,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

const DAY_SECONDS = Duration.days(1).toSeconds();

/**
 * An alarm when a function that runs on a schedule has not been invoked for three of its periods. More than a day is watched
 * day by day, rounded up: all of these days must be silent.
 */
export function alarmOnSilence(
  scope: Construct,
  id: string,
  fn: IFunction,
  every: Duration,
  alarmDescription: string,
): Alarm {
  const silence = SILENT_PERIODS * every.toSeconds();
  const days = Math.ceil(silence / DAY_SECONDS);
  return new Alarm(scope, id, {
    alarmDescription,
    metric: fn.metricInvocations({ period: Duration.seconds(Math.min(silence, DAY_SECONDS)) }),
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: days,
    treatMissingData: TreatMissingData.BREACHING,
  });
}
