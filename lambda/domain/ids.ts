import { createHash, randomBytes } from 'node:crypto';

/** A user id of the identity store; real ids have both forms. Letter case is no part of an id; the token cache holds lower case. */
export const USER_ID = /^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** What the identity store accepts as a user name, besides its length: no spaces, no control characters. */
export const USER_NAME = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]*$/u;
export const MAX_USER_NAME_LENGTH = 128;

/** The form of session ids and revocation ids: 32 bytes in base64url. */
export const ID = /^[\w-]{43}$/;

/** The id of a revocation that is the same however often it is asked for: of these parts, in this order. 43 characters. */
export function derivedId(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** An id in the same form for a request that nobody will repeat. */
export function randomId(): string {
  return randomBytes(32).toString('base64url');
}
