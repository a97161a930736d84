import type { Clock } from './clock.ts';

/** Real milliseconds between two readings of the clock. A timer would not do, because a test may set the clock forward. */
const TICK = 20;

export interface WaitingRoom {
  /**
   * Resolves after the next `wake`, or soon after the clock reaches `until` or the time of `next`, or at once when the signal
   * aborts. The caller has to check again, because another waiter may have been faster.
   *
   * @param until - Milliseconds since the epoch.
   */
  wait(until: number, signal: AbortSignal): Promise<void>;
  wake(): void;
}

/** @param next - Gives the time of the next event that happens by itself, in milliseconds since the epoch. */
export function createWaitingRoom(clock: Clock, next: () => number | undefined): WaitingRoom {
  const waiting = new Map<() => void, number>();
  let ticker: NodeJS.Timeout | undefined;
  const leave = (resolve: () => void) => {
    waiting.delete(resolve);
    if (waiting.size === 0) clearInterval(ticker);
    if (waiting.size === 0) ticker = undefined;
    resolve();
  };
  const tick = () => {
    const now = clock();
    const isSomethingDue = (next() ?? Number.POSITIVE_INFINITY) <= now;
    for (const [resolve, until] of [...waiting]) if (isSomethingDue || until <= now) leave(resolve);
  };
  return {
    async wait(until, signal) {
      if (signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const abandon = () => leave(resolve);
      waiting.set(resolve, until);
      ticker ??= setInterval(tick, TICK);
      signal.addEventListener('abort', abandon, { once: true });
      await promise;
      signal.removeEventListener('abort', abandon);
    },
    wake() {
      for (const resolve of [...waiting.keys()]) leave(resolve);
    },
  };
}
