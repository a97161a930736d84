import type { Time } from '../../lambda/domain/adaptive-pace.ts';
import { createTimeline } from '../../local/ground/timeline.ts';

/** Time that passes only during `run`, and without waiting. */
export function virtualTime(): Time & { run(untilMillis: number): Promise<void> } {
  const timeline = createTimeline<() => void>();
  let time = 0;
  return {
    now: () => time,
    sleep(millis, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      timeline.add(time + millis, resolve);
      return promise.finally(() => signal.removeEventListener('abort', onAbort));
    },
    async run(untilMillis) {
      for (;;) {
        // Everything that follows from the last moment happens before the next one.
        await new Promise(setImmediate);
        const next = timeline.next();
        if (next === undefined || next > untilMillis) break;
        time = Math.max(time, next);
        timeline.takeDue(next)?.();
      }
      time = untilMillis;
    },
  };
}
