import { DomainError } from '../errors.ts';
import type { Directory } from '../ports.ts';
import { type User, userIdOf } from '../user.ts';

/**
 * Whose session is to be registered: the person who calls, or anyone, by a caller who may. A file may name its user, but can
 * only repeat what is known.
 */
export interface Owner {
  user: User | undefined;
  /** What the request itself says of the user. */
  claimed?: { userId?: string | undefined; userName?: string | undefined } | undefined;
}

/** A user as the directory knows them. */
export interface Confirmed {
  userId: string;
  /** `deleted` also where the id never was anybody's. */
  status: Awaited<ReturnType<Directory['statusOf']>>;
}

/**
 * Looks the owner up. What the caller prepares for the user's id runs beside the question whether the user is enabled.
 *
 * @throws DomainError `not-your-session`, `no-directory`, `user-not-found`, `directory-unavailable`
 */
export async function ownerOf<T extends object>(
  { directory }: { directory: Directory | undefined },
  { user, claimed = {} }: Owner,
  prepare: (userId: string) => Promise<T>,
  signal: AbortSignal,
): Promise<Confirmed & T> {
  if (!user) throw notYours('The caller is nobody in IAM Identity Center.');
  if ('userName' in user && claimed.userName !== undefined && !isSameName(user.userName, claimed.userName)) {
    throw notYours('The body names another user than the caller.');
  }
  if (!directory) {
    throw new DomainError(
      'no-directory',
      'This stack does not know its identity store, so no user can be confirmed. Deploy it with identityStoreId.',
    );
  }
  const byName =
    'userId' in user && claimed.userName !== undefined ? { userName: claimed.userName } : undefined;
  const [userId, alsoId] = await Promise.all([
    userIdOf(directory, user, signal),
    byName && userIdOf(directory, byName, signal),
  ]);
  if ((claimed.userId ?? userId) !== userId || (alsoId ?? userId) !== userId) {
    throw notYours('The body names another user than the caller.');
  }
  const [status, prepared] = await Promise.all([directory.statusOf(userId, signal), prepare(userId)]);
  return { userId, status, ...prepared };
}

/** The identity store does not tell letter case apart. */
function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function notYours(why: string): DomainError {
  return new DomainError(
    'not-your-session',
    `${why} PUT /sessions registers one's own session. To register for others, call PUT /users/{userId}/sessions.`,
  );
}
