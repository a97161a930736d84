import type { Clock } from '../../ground/clock.ts';

/** Limits how many Logouts the portal accepts. At first there is no limit. AWS does not publish its limit: docs/facts.md § Rates. */
export interface LogoutLimit {
  /** @param perSecond - 0 for no limit */
  set(perSecond: number): void;
  /** Whether the portal accepts a Logout now. Counts the Logout. */
  takes(): boolean;
}

/** A token bucket that holds the Logouts of half a second. */
export function createLogoutLimit(clock: Clock): LogoutLimit {
  let perSecond = 0;
  let [tokens, last] = [0, 0];
  return {
    set(limit) {
      perSecond = limit;
      [tokens, last] = [Math.max(1, limit / 2), clock()];
    },
    takes() {
      if (perSecond === 0) return true;
      const now = clock();
      tokens = Math.min(Math.max(1, perSecond / 2), tokens + ((now - last) / 1000) * perSecond);
      last = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}

/** @returns the setting, or a sentence that says what is wrong with it */
export function parseLogoutLimit({
  logoutsPerSecond,
}: Readonly<Record<string, unknown>>): { logoutsPerSecond: number } | string {
  return typeof logoutsPerSecond === 'number' && logoutsPerSecond >= 0 && Number.isFinite(logoutsPerSecond)
    ? { logoutsPerSecond }
    : 'logoutsPerSecond must be a number, zero or above';
}
