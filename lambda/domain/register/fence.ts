import type { Clock } from '../ports.ts';
import type { TokenCache } from '../stores.ts';
import type { Confirmed } from './owner.ts';

export interface FenceDeps {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'fenceUntil'>;
}

export async function isFenced(
  { clock, tokenCache }: FenceDeps,
  userId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const until = await tokenCache.fenceUntil(userId, signal);
  return until !== undefined && until > clock();
}

/** Whether no session of the user may be held: the directory says so, or a fence stands. */
export async function mayNotSignIn(
  deps: FenceDeps,
  { userId, status }: Confirmed,
  signal: AbortSignal,
): Promise<boolean> {
  return status !== 'enabled' || (await isFenced(deps, userId, signal));
}
