import type { Portal } from '../domain/ports.ts';
import { count } from '../shell/telemetry.ts';

/**
 * A portal whose failures are counted. An alarm on them comes within minutes; the messages that failed are given up after half an
 * hour. A call that this function cut off, because its own time was over, says nothing of the portal.
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
