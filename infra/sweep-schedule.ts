import { Duration } from 'aws-cdk-lib';
import { requireRate } from './schedule-rate.ts';

/** The latest start of a run: EventBridge triggers at any time within the minute, and Lambda may keep the event for one more. */
export const LATEST_START = Duration.minutes(2);
/** How long Lambda may keep the event that starts a run. A minute is Lambda's minimum. */
export const EVENT_AGE = Duration.minutes(1);

/** Lambda's longest timeout. */
const LONGEST_MINUTES = 15;
/** In less time, a run could hardly begin to list users. */
const SHORTEST_MINUTES = 3;

/**
 * Checks that each run of the sweep ends before the next one begins. Two runs at once would exceed the sweep's share of the
 * identity store's rate.
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
