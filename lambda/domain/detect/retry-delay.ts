import type { DomainErrorCode } from '../errors.ts';

const FIRST_RETRY_SECONDS = 5;
const LAST_RETRY_SECONDS = 360;

/**
 * The delay before a failed message is retried: 5 seconds, doubled each time, up to 6 minutes. Twelve receives take half an
 * hour, longer than most outages. A malformed message is retried at once, so that it is soon dead-lettered.
 *
 * @param receiveCount - receives so far, this one included
 */
export function retryDelaySeconds(receiveCount: number, code?: DomainErrorCode): number {
  if (code === 'message-malformed') return 0;
  return Math.min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (receiveCount - 1));
}
