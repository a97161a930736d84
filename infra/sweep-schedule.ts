import { Duration } from 'aws-cdk-lib';
import { requireRate } from './schedule-rate.ts';

/** A run may begin so much late: EventBridge triggers some time within the minute, and Lambda keeps the event for one more. */
export const LATEST_START = Duration.minutes(2);
/** How long Lambda may keep the event that starts a run: the least that it can be told. */
export const EVENT_AGE = Duration.minutes(1);

/** Lambda's limit. */
const LONGEST_MINUTES = 15;
/** With less time, a run would hardly begin to list. */
const SHORTEST_MINUTES = 3;

/**
 * Each run of the sweep is over before the next one can begin, so that it takes its share of the identity store's rate once.
 *
 * @throws Error naming the property
 */
export function requireSweepRate(what: string, every: Duration): void {
  requireRate(what, every);
  const lowest = SHORTEST_MINUTES + LATEST_START.toMinutes();
  if (every.toMinutes() >= lowest) return;
  throw new Error(
    `${what} must be at least ${lowest} minutes, not ${every.toHumanString()}: a run ends ${LATEST_START.toHumanString()} before the next one at the latest, and needs ${SHORTEST_MINUTES} minutes.`,
  );
}

/** How long one run may take. */
export function sweepTimeout(every: Duration): Duration {
  return Duration.minutes(Math.min(LONGEST_MINUTES, every.toMinutes() - LATEST_START.toMinutes()));
}
