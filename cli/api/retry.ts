/** Statuses after which the same request may succeed. */
const AGAIN = [429, 502, 503, 504];

const FIRST_MILLIS = 500;
const LONGEST_MILLIS = 30_000;

export function isWorthRepeating(status: number): boolean {
  return AGAIN.includes(status);
}

/**
 * How long to wait before the next attempt, in milliseconds. The server's word counts; without one, twice as long each
 * time, and a random share less, so that many machines do not come back at once.
 *
 * @param attempt - that failed, from 1
 */
export function delayBefore(
  attempt: number,
  retryAfterSeconds: number | undefined,
  random = Math.random(),
): number {
  if (retryAfterSeconds !== undefined) return Math.min(retryAfterSeconds * 1000, 2 * LONGEST_MILLIS);
  return Math.min(FIRST_MILLIS * 2 ** (attempt - 1), LONGEST_MILLIS) * (1 - random / 2);
}

/** Seconds of a Retry-After header; a date counts from now. Undefined where it is absent or neither. */
export function retryAfterOf(value: string | null, now: number): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000));
}
