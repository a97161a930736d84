import { slots } from '../pace.ts';
import type { LogoutFailed, Portal, SessionEnded, Turns } from '../ports.ts';

/** How often a Logout is tried in total if the SDK's own retries end with a 429. Each request waits for its turn. */
const ROUNDS = 3;

/**
 * Limits the Logouts of a function, over all users.
 *
 * @param turns - the pace of the requests
 * @param atOnce - the maximum number of Logouts at the same time
 */
export function paced(portal: Portal, turns: Turns, atOnce: number): Portal {
  const { take, free } = slots(atOnce);
  return {
    accepts: portal.accepts,
    async logout(accessToken, region, signal) {
      await take();
      try {
        return await untilTaken(() => portal.logout(accessToken, region, signal, turns), signal);
      } finally {
        free();
      }
    },
  };
}

async function untilTaken(
  logout: () => Promise<SessionEnded | LogoutFailed>,
  signal: AbortSignal,
): Promise<SessionEnded | LogoutFailed> {
  let attempts = 0;
  for (let round = 1; ; round += 1) {
    const result = await logout();
    attempts += result.attempts;
    const isThrottled = result.kind === 'failed' && result.why === 'throttled';
    if (!isThrottled || round === ROUNDS || signal.aborted) return { ...result, attempts };
  }
}
