import type { Time } from '../../lambda/domain/adaptive-pace.ts';
import type { Portal, Turns } from '../../lambda/domain/ports.ts';
import { failed, fakePortal, loggedOut } from './fakes.ts';

/** Whether a request at this moment, in milliseconds, is accepted. */
export type Limit = (at: number) => boolean;

/** Accepts so many a second. Unused ones add up to so many at once. */
export function tokenBucket(perSecond: number, burst: number): Limit {
  let [tokens, last] = [burst, 0];
  return (at) => {
    tokens = Math.min(burst, tokens + ((at - last) / 1000) * perSecond);
    last = at;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** Accepts so many in each second of the clock. */
export function fixedWindow(perSecond: number): Limit {
  let [second, taken] = [-1, 0];
  return (at) => {
    if (Math.floor(at / 1000) !== second) [second, taken] = [Math.floor(at / 1000), 0];
    taken += 1;
    return taken <= perSecond;
  };
}

const SDK_ATTEMPTS = 3;

/**
 * A portal that throttles by this limit, with the SDK's retries in front of it: each waits some time, and then for its
 * turn.
 *
 * @param latency - from request to answer, in milliseconds. The portal checks the limit after half of it
 */
export function limitedPortal(time: Time, limit: Limit, latency: number) {
  const requests: { at: number; isTaken: boolean }[] = [];
  const send = async (signal: AbortSignal, turns: Turns | undefined): Promise<boolean> => {
    const tellThrottled = await turns?.next(signal);
    await time.sleep(latency / 2, signal);
    const isTaken = limit(time.now());
    requests.push({ at: time.now(), isTaken });
    await time.sleep(latency / 2, signal);
    if (!isTaken) tellThrottled?.();
    return isTaken;
  };
  const portal: Portal = {
    ...fakePortal(),
    async logout(_accessToken, _region, signal, turns) {
      let attempts = 0;
      try {
        while (attempts < SDK_ATTEMPTS) {
          if (attempts > 0) await time.sleep(250 * 2 ** (attempts - 1), signal);
          const isTaken = await send(signal, turns);
          attempts += 1;
          if (isTaken) return { ...loggedOut, attempts };
        }
        return { ...failed('throttled'), attempts };
      } catch (error) {
        if (!signal.aborted) throw error;
        return { ...failed('unavailable'), attempts };
      }
    },
  };
  return { portal, requests };
}
