import { createHash, randomBytes } from 'node:crypto';

/** A user id of the identity store. Real ids have both forms. Letter case does not matter; the token cache holds lower case. */
export const USER_ID = /^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** The characters that the identity store accepts in a user name: no spaces, no control characters. */
export const USER_NAME = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]*$/u;
export const MAX_USER_NAME_LENGTH = 128;

export const ACCOUNT_ID = /^\d{12}$/;
/** The source of this format: docs/facts.md § Ending assignments. */
export const PERMISSION_SET_ARN =
  /^arn:aws(-[a-z]{1,5}){0,3}:sso:::permissionSet\/(sso)?ins-[a-zA-Z0-9-.]{16}\/ps-[a-zA-Z0-9-./]{16}$/;
/** None of these characters has a special meaning in a policy. */
export const PERMISSION_SET_NAME = /^[\w+=,.@-]{1,32}$/;

/** A session id: SHA-256 in base64url. The revocation of a session has the same id. */
export const SESSION_ID = /^[\w-]{43}$/;
/** A session id, or an id that we make. Ids of earlier versions, which have no kind, are accepted too. */
export const REVOCATION_ID = /^((user|everyone|assignment)\.)?[\w-]{43}$/;

/**
 * The kind of an id that we make. The id begins with the kind and a `.`, which no session id contains. So no token can have a
 * session id that is equal to one of our ids. An IAM policy can distinguish the kinds by how the key begins.
 */
type IdKind = 'user' | 'everyone' | 'assignment' | 'key';

/** The same parts in the same order always give the same id. */
export function derivedId(kind: IdKind, ...parts: string[]): string {
  return `${kind}.${createHash('sha256').update(JSON.stringify(parts)).digest('base64url')}`;
}

/** A random id in the same form, for a request without an idempotency key. */
export function randomId(kind: IdKind): string {
  return `${kind}.${randomBytes(32).toString('base64url')}`;
}
