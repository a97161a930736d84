import { DomainError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { Fence, TokenCache } from '../stores.ts';
import type { Confirmed } from './owner.ts';

export interface FenceDeps {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'fence'>;
}

/** @returns the user's fence; undefined if there is none, or if its time is over */
export async function standingFence(
  { clock, tokenCache }: FenceDeps,
  userId: string,
  signal: AbortSignal,
): Promise<Fence | undefined> {
  const fence = await tokenCache.fence(userId, signal);
  return fence && fence.until > clock() ? fence : undefined;
}

/**
 * Checks whether sessions of the user may be held. They may not if the user may not sign in, or if the user has a fence.
 *
 * @returns undefined if they may be held; otherwise DomainError `user-revoked`. After a sign-out, it says when to sign in again
 */
export async function whyRefused(
  deps: FenceDeps,
  { userId, status }: Confirmed,
  signal: AbortSignal,
): Promise<DomainError | undefined> {
  const fence = status === 'enabled' ? await standingFence(deps, userId, signal) : undefined;
  if (status === 'enabled' && !fence) return undefined;
  const isRemoved = !fence || fence.coveredUntil >= fence.until;
  if (isRemoved) return userRevoked('The user may not sign in. This session is being ended.');
  const seconds = Math.max(1, Math.ceil((fence.until.getTime() - deps.clock().getTime()) / 1000));
  return userRevoked(
    `The sessions of this user are being ended, and this one is, too. Sign in again after ${seconds} seconds.`,
    seconds,
  );
}

function userRevoked(message: string, retryAfterSeconds?: number): DomainError {
  return new DomainError('user-revoked', message, undefined, retryAfterSeconds);
}
