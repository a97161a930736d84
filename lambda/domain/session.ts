import { createHash } from 'node:crypto';
import type { Secret } from './secret.ts';

/**
 * The session id: base64url(SHA-256(access token)), 43 characters. The only form in which a token appears in records,
 * logs and answers; a token has too much entropy to be guessed from it.
 */
export function sessionIdOf(accessToken: Secret): string {
  return createHash('sha256').update(accessToken.reveal()).digest('base64url');
}
