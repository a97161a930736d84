import { setTimeout as timeout } from 'node:timers/promises';

/** Waits for the caller's turn. @throws the signal's reason if it fires first; the turn is then lost */
export type Pace = (signal: AbortSignal) => Promise<void>;

export type Sleep = (millis: number, signal: AbortSignal) => Promise<unknown>;

export const realSleep: Sleep = (millis, signal) => timeout(millis, undefined, { signal });

/**
 * Spaces turns evenly, without bursts. The first turn comes one interval after the start. Otherwise several workers that start
 * together would exceed the sum of their rates.
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
  /** Waits for a slot. Callers get slots in the order of their calls. */
  take(): Promise<void>;
  /** Returns a slot that was taken. */
  free(): void;
}

/** @param count - the number of slots */
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

/** Runs a task for each item, at most `limit` at once. @returns the results in the order of the items */
export async function atMost<T, R>(limit: number, items: T[], task: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  async function work(): Promise<void> {
    for (const [index, item] of rest) results[index] = await task(item);
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  return results;
}
