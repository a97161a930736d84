/** Statuses after which the same request may succeed. */
const AGAIN = [429, 502, 503, 504];

const FIRST_MILLIS = 500;
const LONGEST_MILLIS = 30_000;

export function isWorthRepeating(status: number): boolean {
  return AGAIN.includes(status);
}

/**
 * Returns the delay before the next attempt, in milliseconds. Retry-After decides if it is present, up to a minute. Otherwise the
 * delay doubles each time, minus a random share, so that many machines do not retry at once.
 *
 * @param attempt - the number of the failed attempt, from 1
 */
export function delayBefore(
  attempt: number,
  retryAfterSeconds: number | undefined,
  random = Math.random(),
): number {
  if (retryAfterSeconds !== undefined) return Math.min(retryAfterSeconds * 1000, 2 * LONGEST_MILLIS);
  return Math.min(FIRST_MILLIS * 2 ** (attempt - 1), LONGEST_MILLIS) * (1 - random / 2);
}

/** @returns the seconds of a Retry-After header, for a date those from now; undefined if it is absent or invalid */
export function retryAfterOf(value: string | null, now: number): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000));
}
