import { DomainError } from './errors.ts';
import type { Directory } from './ports.ts';

/** A user of the identity store, named by id or by user name. */
export type User = { userId: string } | { userName: string };

/**
 * @param directory - undefined if the stack does not know its identity store
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
