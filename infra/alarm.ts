import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

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

/** CloudWatch's limit. */
const LONGEST_PERIOD = Duration.days(1);

/** An alarm when a function that runs on a schedule has not been invoked for three of its periods. */
export function alarmOnSilence(
  scope: Construct,
  id: string,
  fn: IFunction,
  every: Duration,
  alarmDescription: string,
): Alarm {
  const seconds = Math.min(3 * every.toSeconds(), LONGEST_PERIOD.toSeconds());
  return new Alarm(scope, id, {
    alarmDescription,
    metric: fn.metricInvocations({ period: Duration.seconds(seconds) }),
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.BREACHING,
  });
}
