import { DomainError } from '../errors.ts';
import type { CachedSession, SessionMetadata } from '../session.ts';
import type { TokenCache } from '../stores.ts';

export interface RoomDeps {
  tokenCache: Pick<TokenCache, 'list'>;
  maxSessionsPerUser: number;
}

/** The user's held sessions, or enough of them to see that there is no room. Expired rows stay for a while, so it reads on. */
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
 * Whether a session that was just held is beyond the room: of several registrations at once, each saw room for itself.
 * All of them count in the same order, so that exactly as many stay as there is room for.
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
