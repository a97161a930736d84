import { realSleep, type Sleep } from './pace.ts';
import type { Turns } from './ports.ts';

export interface Rates {
  /** Turns a second to begin with. */
  perSecond: number;
  /** Turns a second at the most. */
  maxPerSecond: number;
}

/** What passes time; in tests, not the computer's. */
export interface Time {
  sleep: Sleep;
  /** In milliseconds, from any start. */
  now(): number;
}

export interface AdaptivePace extends Turns {
  /** Turns a second, as they are now. */
  perSecond(): number;
}

const REAL_TIME: Time = { sleep: realSleep, now: () => performance.now() };

/** While nothing has been throttled: a tenth more every second, so that five times the rate takes 17 seconds. */
const GROWTH_A_SECOND = 1.1;
/** How long the rate stays halved after a 429. Whatever the portal counts in has emptied by then, a second's count too. */
const DRAIN_MILLIS = 1_000;
/** The rate that was throttled is reached again after so many seconds, and left behind ever faster from then on. */
const PLATEAU_SECONDS = 18;
/** How far below the rate that was throttled the way back begins. */
const BELOW_CEILING = 0.1;
/** How far above it the rate is after as many seconds again: a ceiling that was too low is left behind. */
const ABOVE_CEILING = 0.2;
/** Throttled again within so many seconds of the way back: the ceiling was too high. */
const EARLY_SECONDS = 5;
const LOWER_CEILING = 0.8;
/** The rate falls to this part of what it began with, and no lower: a portal that refuses everything is still asked. */
const LEAST_PART = 1 / 20;
/** What was learnt of the portal is stale when no turn was taken for so long. */
const STALE_MILLIS = 60_000;
/** How much of a pause is made up for, at once: 0.2 s, so that a second has a fifth more than its share at the most. */
const CATCH_UP_MILLIS = 200;

/**
 * Gives turns at a rate that finds the limit of whoever throttles. While nothing is throttled, the rate grows up to the most. A
 * throttled request halves it for a second. Then it comes back to a little below where it was throttled, stays around there,
 * and probes upward slowly at first. Throttled requests that were sent before the rate fell count as one.
 *
 * Only turns that somebody waited for let the rate grow: a rate that nobody uses is not known to be allowed. The first turn comes
 * one interval after the start, so that the rates of several workers add up, even if each is new.
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
    // One after the other: whoever is next in line is not held to a rate of before.
    next(signal) {
      const turn = line.then(() => takeTurn(signal));
      line = turn.catch(() => {});
      return turn;
    },
    perSecond: () => rate.at(now()),
  };
}

/** The rate itself: times are given, in milliseconds. */
function adaptiveRate({ perSecond, maxPerSecond }: Rates) {
  const least = perSecond * LEAST_PART;
  /** Where it was throttled last; undefined until then. */
  let ceiling: number | undefined;
  let drainsUntil = Number.NEGATIVE_INFINITY;
  /** Seconds of turns at the pace, since the start or since the drain ended. */
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
    /** A turn was waited for, so long after the one before. */
    used(time: number, intervalMillis: number): void {
      if (time >= drainsUntil) seconds += intervalMillis / 1000;
    },
    throttled(sentAt: number, time: number): void {
      // Sent before the rate fell, or while it is low: this is known.
      if (sentAt < drainsUntil) return;
      const isEarly = ceiling !== undefined && seconds < EARLY_SECONDS;
      const throttledAt = at(sentAt);
      ceiling = Math.max(least, isEarly && ceiling ? ceiling * LOWER_CEILING : throttledAt);
      // Where turns are seldom, one at least is taken at the low rate.
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
