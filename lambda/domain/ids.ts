import { createHash, randomBytes } from 'node:crypto';

/** A user id of the identity store; real ids have both forms. Letter case is no part of an id; the token cache holds lower case. */
export const USER_ID = /^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** What the identity store accepts as a user name, besides its length: no spaces, no control characters. */
export const USER_NAME = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]*$/u;
export const MAX_USER_NAME_LENGTH = 128;

/** Of an AWS account. */
export const ACCOUNT_ID = /^\d{12}$/;
/** Of a permission set: docs/facts.md § Ending assignments. */
export const PERMISSION_SET_ARN =
  /^arn:aws(-[a-z]{1,5}){0,3}:sso:::permissionSet\/(sso)?ins-[a-zA-Z0-9-.]{16}\/ps-[a-zA-Z0-9-./]{16}$/;
/** Of a permission set. None of these characters means anything in a policy. */
export const PERMISSION_SET_NAME = /^[\w+=,.@-]{1,32}$/;

/** Of a session, and of its revocation: SHA-256 in base64url. */
export const SESSION_ID = /^[\w-]{43}$/;
/** Of a revocation: a session's id, or one that we made. Ids of before we made any with a kind are accepted, too. */
export const REVOCATION_ID = /^((user|everyone|assignment)\.)?[\w-]{43}$/;

/**
 * What an id that we make stands for. The `.` after it is in no session id, so the two cannot meet, whatever text a token
 * has; and a policy can tell the kinds apart by how the key begins.
 */
type IdKind = 'user' | 'everyone' | 'assignment' | 'key';

/** The same id each time for the same parts in the same order. */
export function derivedId(kind: IdKind, ...parts: string[]): string {
  return `${kind}.${createHash('sha256').update(JSON.stringify(parts)).digest('base64url')}`;
}

/** A random id in the same form, for a request without an idempotency key. */
export function randomId(kind: IdKind): string {
  return `${kind}.${randomBytes(32).toString('base64url')}`;
}
