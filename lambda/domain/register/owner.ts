import { DomainError } from '../errors.ts';
import type { Directory } from '../ports.ts';
import { type User, userIdOf } from '../user.ts';

/**
 * Whose session is to be registered. It is the caller's own, or that of any user if the caller may register for others. The
 * request may name a user in its body, too, but that must be the same user.
 */
export interface Owner {
  /** Undefined if the caller is no user of IAM Identity Center. */
  user: User | undefined;
  /** The user that the request's body names. */
  claimed?: { userId?: string | undefined; userName?: string | undefined } | undefined;
}

/** A user who was looked up in the directory. */
export interface Confirmed {
  userId: string;
  /** `deleted` also if the id never existed. */
  status: Awaited<ReturnType<Directory['statusOf']>>;
  /** Only where the stack records user names, and the user has one. */
  userName?: string;
}

/** The user to register for, checked without a lookup. @throws DomainError `not-your-session` */
export function claimedUser({ user, claimed = {} }: Owner): User {
  if (!user) throw notYours('The caller is nobody in IAM Identity Center.');
  if ('userName' in user && claimed.userName !== undefined && !isSameName(user.userName, claimed.userName)) {
    throw notYours('The body names another user.');
  }
  return user;
}

/**
 * Looks the owner up.
 *
 * @param prepare - needs only the user's id, so it runs while the directory is asked whether the user is enabled
 * @throws DomainError `not-your-session`, `no-directory`, `user-not-found`, `directory-unavailable`
 */
export async function ownerOf<T extends object>(
  { directory, recordsUserNames }: { directory: Directory | undefined; recordsUserNames?: boolean },
  owner: Owner,
  prepare: (userId: string) => Promise<T>,
  signal: AbortSignal,
): Promise<Confirmed & T> {
  const user = claimedUser(owner);
  const { claimed = {} } = owner;
  if (!directory) {
    throw new DomainError(
      'no-directory',
      'This stack does not know its identity store, so no user can be confirmed. Deploy it with identityStoreId.',
    );
  }
  const [userId, isNamed] = await Promise.all([
    userIdOf(directory, user, signal),
    'userName' in user ||
      claimed.userName === undefined ||
      isNameOf(directory, claimed.userName, user.userId, signal),
  ]);
  if (!isNamed || (claimed.userId ?? userId) !== userId) throw notYours('The body names another user.');
  const [{ status, userName }, prepared] = await Promise.all([
    directory.userOf(userId, signal),
    prepare(userId),
  ]);
  const named = recordsUserNames && userName !== undefined && { userName };
  return { userId, status, ...named, ...prepared };
}

/** A name that nobody has is answered like the name of somebody else. Otherwise the caller could find out who exists. */
async function isNameOf(
  directory: Directory,
  userName: string,
  userId: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return (await directory.userIdOf(userName, signal)) === userId;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'user-not-found') return false;
    throw error;
  }
}

/** The identity store ignores the letter case of names. */
function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function notYours(why: string): DomainError {
  return new DomainError(
    'not-your-session',
    `${why} PUT /sessions registers one's own session. To register for others, call PUT /users/{userId}/sessions.`,
  );
}
