import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { MetricName } from '../lambda/metrics.ts';
import { alarmAbove, periodsOf, tailOf, told } from './alarm.ts';
import type { ServiceFunction } from './service-function.ts';

/** The threshold leaves time to add a policy, or to raise the quota. */
const NEARLY_FULL_PERCENT = 80;

/**
 * Alarms on conditions that prevent a denial. Each alarm has one metric: a sum has no value while one of its metrics has none
 * (docs/facts.md § CloudWatch).
 *
 * @param every - how often the reconciler runs. The alarm looks at twice that time, so that it sees a run: otherwise it would end
 * between two runs. A period has at most a day, so of a longer time the alarm looks at several periods.
 */
export function alarmOnDenyList(scope: Construct, fn: ServiceFunction, every: Duration): void {
  const { period, count } = periodsOf(Duration.seconds(2 * every.toSeconds()));
  const periods = count > 1 ? { of: count, breaching: 1 } : undefined;
  const first = tailOf(fn, '"reconciled"');
  const alarm = (id: string, metric: MetricName, limit: number, meaning: string, runbook: string) =>
    alarmAbove(
      scope,
      id,
      fn.counted(metric, 'Maximum', period),
      limit,
      told({ meaning, first, runbook }),
      periods,
    );
  alarm(
    'NotDenied',
    'DenyList:usersWithoutRoom',
    0,
    'The policies are full. Somebody who left, or was signed out, may still work in AWS accounts.',
    'the-policies-are-full',
  );
  alarm(
    'Damaged',
    'DenyList:unreadable',
    0,
    'An entry of the deny list is damaged. Somebody who left may still work in AWS accounts.',
    'an-entry-of-the-deny-list-is-damaged',
  );
  alarm(
    'NearlyFull',
    'DenyList:percentFull',
    NEARLY_FULL_PERCENT,
    `The policies are over ${NEARLY_FULL_PERCENT} % full. Soon somebody who left may go on working in AWS accounts.`,
    'the-policies-are-full',
  );
}
