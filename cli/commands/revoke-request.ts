import { createHash, randomUUID } from 'node:crypto';
import { USER_ID } from '../../lambda/domain/ids.ts';

export interface RevokeOptions {
  readonly reason?: string;
  readonly wait: boolean;
  readonly maxWait: number;
  readonly file?: string;
  readonly idempotencyKey?: string;
}

/** A text with the form of a user id counts as a user id, because user names do not look like that. */
export function subjectOf(user: string): { userId: string } | { userName: string } {
  return USER_ID.test(user) ? { userId: user } : { userName: user };
}

/**
 * Returns the idempotency key of one request. With it, a retry after a lost answer is the same revocation. From a given key, each
 * user gets a key of their own, so that repeating a file continues where it stopped.
 */
export function keyFor(user: string, given: string | undefined): string {
  if (given === undefined) return randomUUID();
  return createHash('sha256')
    .update(JSON.stringify([given, user.toLowerCase()]))
    .digest('base64url');
}
