import { realSleep, type Sleep } from './pace.ts';
import type { Turns } from './ports.ts';

export interface Rates {
  /** The initial rate, in turns a second. */
  perSecond: number;
  /** The maximum, in turns a second. */
  maxPerSecond: number;
}

/** The passing of time. Tests replace the computer's. */
export interface Time {
  sleep: Sleep;
  /** Milliseconds since any fixed moment. */
  now(): number;
}

export interface AdaptivePace extends Turns {
  /** The current rate, in turns a second. */
  perSecond(): number;
}

const REAL_TIME: Time = { sleep: realSleep, now: () => performance.now() };

/** Until a request is throttled, the rate grows by a tenth every second: it is five times the initial rate after 17 seconds. */
const GROWTH_A_SECOND = 1.1;
/** How long the rate stays halved after a 429. Then the portal's count of requests has drained, even if it counts per second. */
const DRAIN_MILLIS = 1_000;
/** So many seconds after the drain, the rate is again what it was when it was throttled. From then on it grows ever faster. */
const PLATEAU_SECONDS = 18;
/** After the drain, the rate starts this far below the throttled rate, as a fraction of it. */
const BELOW_CEILING = 0.1;
/** Twice PLATEAU_SECONDS after the drain, the rate is this far above it. So it gets away from a ceiling that was too low. */
const ABOVE_CEILING = 0.2;
/** If a request is throttled within so many seconds after the drain, the ceiling was too high. */
const EARLY_SECONDS = 5;
/** The ceiling is then multiplied by this. */
const LOWER_CEILING = 0.8;
/** The rate falls to this part of the initial rate and no lower, so a portal that refuses everything still gets requests. */
const LEAST_PART = 1 / 20;
/** After so long without a turn, what was learnt about the portal is stale, and the rate starts again. */
const STALE_MILLIS = 60_000;
/** How much of a pause is made up for at once: 0.2 s, so that a second has at most a fifth more turns than its rate. */
const CATCH_UP_MILLIS = 200;

/**
 * Gives turns at a rate that finds the limit of a service that throttles. Until a request is throttled, the rate grows, up to
 * the maximum. A throttled request halves the rate for a second. Then the rate returns to a little below where it was throttled,
 * stays near it, and grows slowly at first. Throttled requests that were sent before the rate fell count as one.
 *
 * Only turns that had to wait let the rate grow: nobody knows whether a rate that is not used is allowed. The first turn comes
 * one interval after the start. Otherwise several workers that start together would exceed the sum of their rates.
 */
export function adaptive(rates: Rates, { sleep, now }: Time = REAL_TIME): AdaptivePace {
  const rate = adaptiveRate(rates);
  let last = now();
  let line: Promise<unknown> = Promise.resolve();

  async function takeTurn(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const askedAt = now();
    if (askedAt - last > STALE_MILLIS) rate.forget();
    const interval = 1000 / rate.at(askedAt);
    const due = Math.max(askedAt - CATCH_UP_MILLIS, last + interval);
    if (due > askedAt) await sleep(due - askedAt, signal);
    last = due;
    if (due > askedAt) rate.used(now(), interval);
    const sentAt = now();
    return () => rate.throttled(sentAt, now());
  }

  return {
    // One turn after the other, so that each uses the rate of the moment when it is next, and not an older one.
    next(signal) {
      const turn = line.then(() => takeTurn(signal));
      line = turn.catch(() => {});
      return turn;
    },
    perSecond: () => rate.at(now()),
  };
}

/** The rate itself. It has no clock: callers pass the times, in milliseconds. */
function adaptiveRate({ perSecond, maxPerSecond }: Rates) {
  const least = perSecond * LEAST_PART;
  /** The rate that was throttled last, or a lower one if that was early; undefined before the first 429. */
  let ceiling: number | undefined;
  let drainsUntil = Number.NEGATIVE_INFINITY;
  /** The sum of the intervals of turns that had to wait, in seconds, since the start or since the drain ended. */
  let seconds = 0;

  function at(time: number): number {
    return Math.min(Math.max(maxPerSecond, perSecond), Math.max(least, wanted(time)));
  }

  function wanted(time: number): number {
    if (ceiling === undefined) return perSecond * GROWTH_A_SECOND ** seconds;
    if (time < drainsUntil) return ceiling / 2;
    const fromCeiling = (seconds - PLATEAU_SECONDS) / PLATEAU_SECONDS;
    return ceiling * (1 + (fromCeiling < 0 ? BELOW_CEILING : ABOVE_CEILING) * fromCeiling ** 3);
  }

  return {
    at,
    /** A turn had to wait, until `intervalMillis` after the turn before. */
    used(time: number, intervalMillis: number): void {
      if (time >= drainsUntil) seconds += intervalMillis / 1000;
    },
    throttled(sentAt: number, time: number): void {
      // The request was sent before the rate fell, or while it is low: the rate need not fall again.
      if (sentAt < drainsUntil) return;
      const isEarly = ceiling !== undefined && seconds < EARLY_SECONDS;
      const throttledAt = at(sentAt);
      ceiling = Math.max(least, isEarly && ceiling ? ceiling * LOWER_CEILING : throttledAt);
      // At slow rates the drain is longer than a second, so that at least one turn is taken at the low rate.
      drainsUntil = time + Math.max(DRAIN_MILLIS, 1000 / throttledAt);
      seconds = 0;
    },
    forget(): void {
      ceiling = undefined;
      drainsUntil = Number.NEGATIVE_INFINITY;
      seconds = 0;
    },
  };
}
