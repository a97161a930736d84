import { createHash, randomUUID } from 'node:crypto';
import { USER_ID } from '../../lambda/domain/ids.ts';

export interface RevokeOptions {
  readonly reason?: string;
  readonly wait: boolean;
  readonly maxWait: number;
  readonly file?: string;
  readonly idempotencyKey?: string;
}

/** Whatever has the form of an id is one: no user name needs to look like it. */
export function subjectOf(user: string): { userId: string } | { userName: string } {
  return USER_ID.test(user) ? { userId: user } : { userName: user };
}

/**
 * The key of one request: with it, a retry whose answer was lost is the same revocation. Of a key that was given, each user
 * has one of their own, so that a file that is tried again goes on where it stopped.
 */
export function keyFor(user: string, given: string | undefined): string {
  if (given === undefined) return randomUUID();
  return createHash('sha256')
    .update(JSON.stringify([given, user.toLowerCase()]))
    .digest('base64url');
}
