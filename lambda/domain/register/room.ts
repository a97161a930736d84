import { DomainError } from '../errors.ts';
import type { CachedSession, SessionMetadata } from '../session.ts';
import type { TokenCache } from '../stores.ts';

export interface RoomDeps {
  tokenCache: Pick<TokenCache, 'list'>;
  maxSessionsPerUser: number;
}

/**
 * All held sessions of the user, expired ones included: DynamoDB deletes expired rows with a delay.
 *
 * @param atLeast - how many live sessions to expect. A page has twice as many, so that one call is usually enough
 */
export async function heldOf(
  tokenCache: Pick<TokenCache, 'list'>,
  userId: string,
  atLeast: number,
  signal: AbortSignal,
): Promise<SessionMetadata[]> {
  const all: SessionMetadata[] = [];
  const limit = 2 * atLeast;
  for (;;) {
    const page = await tokenCache.list(userId, { limit, after: all.at(-1)?.sessionId }, signal);
    all.push(...page);
    if (page.length < limit) return all;
  }
}

export function isLive(now: Date): (session: SessionMetadata) => boolean {
  return ({ expiresAt }) => expiresAt > now;
}

/**
 * Whether a session that was just held exceeds the maximum. Several registrations at the same time may each have seen the last
 * free place. All of them count in the same order. A registration that began early and is written late is not seen by the others,
 * and stays: so at most as many sessions too many stay as registrations run at the same time. To refuse it instead would
 * sometimes refuse a session for which there is room, and a session that is not held cannot be ended.
 */
export async function isBeyondRoom(
  { tokenCache, maxSessionsPerUser }: RoomDeps,
  { userId, sessionId }: CachedSession,
  now: Date,
  signal: AbortSignal,
): Promise<boolean> {
  const held = await heldOf(tokenCache, userId, maxSessionsPerUser, signal);
  const inOrder = held.filter(isLive(now)).toSorted(byRegistration);
  return inOrder.findIndex((session) => session.sessionId === sessionId) >= maxSessionsPerUser;
}

function byRegistration(a: SessionMetadata, b: SessionMetadata): number {
  return a.registeredAt.getTime() - b.registeredAt.getTime() || (a.sessionId < b.sessionId ? -1 : 1);
}

export function noRoom({ maxSessionsPerUser }: Pick<RoomDeps, 'maxSessionsPerUser'>): DomainError {
  return new DomainError(
    'too-many-sessions',
    `${maxSessionsPerUser} sessions of this user are held already, and no more are taken. Sign out of some, or raise maxSessionsPerUser.`,
  );
}
