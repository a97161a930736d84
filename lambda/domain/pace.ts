import { setTimeout as timeout } from 'node:timers/promises';

/** Waits for the caller's turn. @throws the signal's reason if it fires first; the turn is then abandoned. */
export type Pace = (signal: AbortSignal) => Promise<void>;

export type Sleep = (millis: number, signal: AbortSignal) => Promise<unknown>;

export const realSleep: Sleep = (millis, signal) => timeout(millis, undefined, { signal });

/**
 * Spaces turns evenly over the seconds, without bursts: the first turn comes one interval after the start. So the
 * rates of several workers add up, even if each worker is new.
 *
 * @param perSecond - turns a second
 */
export function evenly(perSecond: number, sleep: Sleep = realSleep): Pace {
  const interval = 1000 / perSecond;
  let next = performance.now() + interval;
  return async (signal) => {
    signal.throwIfAborted();
    const now = performance.now();
    const turn = Math.max(now, next);
    next = turn + interval;
    await sleep(turn - now, signal);
  };
}

export interface Slots {
  /** Waits for one, in the order of the calls. */
  take(): Promise<void>;
  /** Gives one back that was taken. */
  free(): void;
}

/** @param count - how many there are to be taken at the same time */
export function slots(count: number): Slots {
  let left = count;
  const waiting: (() => void)[] = [];
  return {
    async take() {
      if (left > 0) left -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    free() {
      const next = waiting.shift();
      if (next) next();
      else left += 1;
    },
  };
}

/** Runs a task for each item, at most so many at once, and gives the results in the items' order. */
export async function atMost<T, R>(limit: number, items: T[], task: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  async function work(): Promise<void> {
    for (const [index, item] of rest) results[index] = await task(item);
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  return results;
}
