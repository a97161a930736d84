import { slots } from '../pace.ts';
import type { LogoutFailed, Portal, SessionEnded, Turns } from '../ports.ts';

/** A Logout that the SDK has given up as throttled is made so often in all, each time at the pace of then. */
const ROUNDS = 3;

/** A portal that gets the requests of Logouts at this pace, and no more Logouts than so many at once, whoever they are for. */
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
