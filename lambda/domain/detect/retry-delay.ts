import type { DomainErrorCode } from '../errors.ts';

const FIRST_RETRY_SECONDS = 5;
const LAST_RETRY_SECONDS = 360;

/**
 * How long a message that failed stays away: 5 seconds, then twice as long each time, up to 6 minutes. Twelve receives take
 * half an hour, longer than most outages; what nobody will ever understand comes back at once, so that it is soon given up.
 *
 * @param receiveCount - receives so far, this one included
 */
export function retryDelaySeconds(receiveCount: number, code?: DomainErrorCode): number {
  if (code === 'message-malformed') return 0;
  return Math.min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (receiveCount - 1));
}
