import { DomainError } from './errors.ts';
import type { Directory } from './ports.ts';

/** Real ids have both forms. Letter case is no part of an id; the token cache holds lower case. */
export const USER_ID = /^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** What the identity store takes for a user name, besides its length: no spaces, no control characters. */
export const USER_NAME = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]*$/u;
export const MAX_USER_NAME_LENGTH = 128;

/** A user of the identity store, by either of the two things it is known by. */
export type User = { userId: string } | { userName: string };

/**
 * @param directory - absent where the stack does not know its identity store
 * @throws DomainError `no-directory`, `user-not-found`, `directory-unavailable`
 */
export async function userIdOf(
  directory: Directory | undefined,
  user: User,
  signal: AbortSignal,
): Promise<string> {
  if ('userId' in user) return user.userId;
  if (directory) return directory.userIdOf(user.userName, signal);
  throw new DomainError(
    'no-directory',
    'This stack does not know its identity store: name the user by userId.',
  );
}
