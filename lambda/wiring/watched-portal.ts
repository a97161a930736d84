import type { Portal } from '../domain/ports.ts';
import { count } from '../shell/telemetry.ts';

/**
 * Counts the portal's failures. Their alarm is raised within minutes, while failed messages are dead-lettered only after half an
 * hour. A call that was aborted because this function's time was over is not counted: it says nothing about the portal.
 */
export function watched(portal: Portal): Portal {
  const counted =
    <T extends { kind: string }>(call: Call<T>): Call<T> =>
    async (...asked) => {
      const result = await call(...asked);
      const [, , signal] = asked;
      if (!signal.aborted && 'why' in result) countFailure(result.why);
      return result;
    };
  return { logout: counted(portal.logout), accepts: counted(portal.accepts) };
}

type Call<T> = (...asked: Parameters<Portal['logout']>) => Promise<T>;

function countFailure(why: unknown): void {
  if (why === 'throttled') count('PortalThrottled');
  else if (why === 'unavailable') count('PortalFailed');
}
