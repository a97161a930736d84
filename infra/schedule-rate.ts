import type { Duration } from 'aws-cdk-lib';
import { requireDuration } from './require-between.ts';

/** After this many periods without a run, a scheduled function counts as silent. */
export const SILENT_PERIODS = 3;

/** An alarm looks back at most seven days: docs/facts.md § CloudWatch. */
const LONGEST_SILENCE_MINUTES = 7 * 24 * 60;

/**
 * Checks the rate of a schedule. EventBridge's rates are whole minutes. A rate that is too long for an alarm is refused, because
 * nobody would notice that the function does not run.
 *
 * @throws Error naming the property
 */
export function requireRate(what: string, every: Duration): void {
  const highest = LONGEST_SILENCE_MINUTES / SILENT_PERIODS;
  if (!every.isUnresolved() && every.toMinutes({ integral: false }) > highest) {
    throw new Error(
      `${what} must be at most ${highest / 60} hours, not ${every.toHumanString()}: CloudWatch looks back seven days at most, and the alarm on the silence needs three periods.`,
    );
  }
  requireDuration(what, every, { unit: 'minutes', lowest: 1, highest });
}
