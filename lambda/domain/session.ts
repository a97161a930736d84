import { createHash } from 'node:crypto';
import type { Secret } from './secret.ts';

/**
 * The session id: base64url(SHA-256(access token)), 43 characters. The only form in which a token appears in records,
 * logs and answers; a token has too much entropy to be guessed from it.
 */
export function sessionIdOf(accessToken: Secret): string {
  return createHash('sha256').update(accessToken.reveal()).digest('base64url');
}

export interface CachedSession {
  userId: string;
  sessionId: string;
}

/** A session with its sealed tokens, as the token cache holds it. */
export interface HeldSession extends CachedSession {
  region?: string;
  /** When it was registered first. */
  registeredAt: Date;
  /** When the access token expires. */
  accessTokenExpiresAt: Date;
  /** When there is nothing left to end: of the access token, or of the sign-in session where it can be refreshed. */
  expiresAt: Date;
  /** Whether a refresh token is among the tokens; not known of rows of before. */
  refreshable?: boolean;
  /** Whether the directory confirmed the user when the session was registered. */
  confirmed?: boolean;
  /** What the tool that registered it said of itself and of its device; nobody checks it. */
  registeredWith?: string;
  /** The user's name when the session was registered. Only in a stack that records user names. */
  userName?: string;
  sealed: SealedTokens;
}

export type SessionMetadata = Omit<HeldSession, 'sealed' | 'accessTokenExpiresAt' | 'userId' | 'userName'>;

/** What a sign-in hands out besides the access token; with it an expired session can still be ended. */
export interface RefreshCredentials {
  refreshToken: Secret;
  clientId: string;
  clientSecret: Secret;
}

/** The secrets of a session. */
export interface SessionTokens {
  accessToken: Secret;
  refresh?: RefreshCredentials;
}

/** Tokens as they rest in the token cache: nothing in it is readable without the key service. */
export interface SealedTokens {
  ciphertext: Uint8Array;
  /** The data key that sealed it, itself encrypted. */
  dataKey: Uint8Array;
}
