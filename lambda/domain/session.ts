import { createHash } from 'node:crypto';
import type { Secret } from './secret.ts';

/**
 * The session id: base64url(SHA-256(access token)), 43 characters. Records, logs and answers have a token in this form only.
 * Nobody can guess a token from its id, because a token has too much entropy.
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
  /** When the session was first registered. */
  registeredAt: Date;
  /** When the access token expires. */
  accessTokenExpiresAt: Date;
  /** When the stack can end nothing any more: the access token's expiry, or the end of the sign-in session if it can be refreshed. */
  expiresAt: Date;
  /** Whether a refresh token is among the tokens. Absent in rows of earlier versions. */
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

/** The part of a sign-in's answer that refreshes the access token. With it, a session can be ended after the access token expires. */
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

/** Encrypted tokens, as the token cache holds them. Nobody can read them without the key service. */
export interface SealedTokens {
  ciphertext: Uint8Array;
  /** The data key of the ciphertext, encrypted by the key service. */
  dataKey: Uint8Array;
}
