import { createHash, randomBytes } from 'node:crypto';

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
