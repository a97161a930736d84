import type { Duration } from 'aws-cdk-lib';
import { requireDuration } from './require-between.ts';

/** A function that should run on a schedule is silent after so many periods without a run. */
export const SILENT_PERIODS = 3;

/** An alarm looks back seven days at the most: docs/facts.md § CloudWatch. */
const LONGEST_SILENCE_MINUTES = 7 * 24 * 60;

/**
 * EventBridge's rates are whole minutes. A longer rate than an alarm can watch is refused, because nobody would notice
 * that the function does not run.
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
