import { Duration } from 'aws-cdk-lib';
import { requireBetween, requireWhole } from './require-between.ts';
import { requireSweepRate } from './sweep-schedule.ts';

/** How fast the functions call the access portal: docs/facts.md § Rates. */
export interface LogoutRate {
  /**
   * The initial rate: Logouts per second. Each removal has this rate to itself. All workers of bulk jobs share it. At least half of
   * `workers`.
   *
   * @default 20
   */
  readonly perSecond: number;
  /**
   * The rate up to which Logouts accelerate while the portal throttles nothing. With the value of `perSecond` it never grows.
   *
   * @default 100, or `perSecond` if that is more
   */
  readonly maxPerSecond?: number;
  /**
   * The highest number of concurrent Logouts. Each removal has it to itself. All workers of bulk jobs share it. At least twice
   * `workers`.
   *
   * @default 20
   */
  readonly atOnce: number;
}

/** How often the sweep runs, and how fast the functions call the identity store. */
export interface SweepRate {
  /**
   * The interval between two sweeps: whole minutes, from 5 minutes to 56 hours. A run ends at least two minutes before the next one,
   * and after 15 minutes at most. The interval cannot be longer, because no alarm can watch a longer silence.
   *
   * @default 15 minutes
   */
  readonly every: Duration;
  /**
   * Requests per second to the identity store, of sweep and workers together. The sweep has half of them. At least a fifth of
   * `workers`. AWS accepts 20 per second from all callers together.
   *
   * @default 10
   */
  readonly directoryCallsPerSecond: number;
}

/** How fast the functions call AWS. */
export interface RatesProps {
  /** The rate of Logouts. The portal's limit is not published, so the rate adapts: docs/design.md § Pace. */
  readonly logouts?: LogoutRate;
  /**
   * Concurrent workers for each of the three queues: 2 to 100.
   *
   * @default 2, the least that SQS allows
   */
  readonly workers?: number;
  /** The sweep, which finds people who left without an event. */
  readonly sweep?: SweepRate;
}

const DEFAULT_LOGOUTS: LogoutRate = { perSecond: 20, atOnce: 20 };
const MAX_LOGOUTS_PER_SECOND = 100;
const DEFAULT_SWEEP: SweepRate = { every: Duration.minutes(15), directoryCallsPerSecond: 10 };

/** @throws Error naming the property that is out of its range */
export function resolveRates({ logouts = DEFAULT_LOGOUTS, workers = 2, sweep = DEFAULT_SWEEP }: RatesProps) {
  const { perSecond, atOnce, maxPerSecond = Math.max(MAX_LOGOUTS_PER_SECOND, perSecond) } = logouts;
  // Each worker has a share of every rate. With a smaller share, an invocation of one minute could make hardly any call.
  requireWhole('workers', workers, 2, 100);
  requireBetween('logouts.perSecond', perSecond, workers / 2, 10_000);
  requireBetween('logouts.maxPerSecond', maxPerSecond, perSecond, 10_000);
  // With a share of one, a worker would wait for each answer before it sends the next Logout.
  requireWhole('logouts.atOnce', atOnce, 2 * workers, 10_000);
  requireBetween('sweep.directoryCallsPerSecond', sweep.directoryCallsPerSecond, workers / 5, 1_000);
  requireSweepRate('sweep.every', sweep.every);
  return {
    logoutsPerSecond: perSecond,
    maxLogoutsPerSecond: maxPerSecond,
    logoutsAtOnce: atOnce,
    workers,
    sweep,
  };
}
