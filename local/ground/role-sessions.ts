import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ACCOUNT_ID } from './account.ts';
import type { Clock } from './clock.ts';
import { signingKeyId } from './signature.ts';

export interface RoleSession {
  readonly accountId: string;
  readonly roleName: string;
  readonly sessionName: string;
  /** Id of the user who signed in at the portal, for the policy key `identitystore:UserId`. A session of STS has none. */
  readonly userId?: string;
}

/** The caller of every request without credentials of the local run. */
export const YOU: RoleSession = { accountId: ACCOUNT_ID, roleName: 'local', sessionName: 'you' };

/** The parts of temporary credentials that a request shows. */
export interface IssuedCredentials {
  readonly accessKeyId: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The role sessions that the local run began, by the credentials that it issued for them. */
export interface RoleSessions {
  add(session: RoleSession, credentials: IssuedCredentials): void;
  /**
   * Finds the session whose credentials signed a request. It only compares the key id and the session token, and does not check
   * the signature.
   *
   * @returns `YOU` for a request that is not signed, or whose key was not issued here
   * @throws CredentialsError if the key was issued here, but is expired or comes without its session token
   */
  signerOf(headers: IncomingHttpHeaders): RoleSession;
}

export class CredentialsError extends Error {
  /** The error's name at STS. */
  readonly code: 'ExpiredToken' | 'InvalidClientTokenId';

  constructor(code: CredentialsError['code'], is: 'expired' | 'invalid') {
    super(`The security token included in the request is ${is}`);
    this.name = 'CredentialsError';
    this.code = code;
  }
}

export function createRoleSessions(clock: Clock): RoleSessions {
  const issued = new Map<string, { session: RoleSession; credentials: IssuedCredentials }>();
  return {
    add: (session, credentials) => void issued.set(credentials.accessKeyId, { session, credentials }),
    signerOf(headers) {
      const found = issued.get(signingKeyId(headers) ?? '');
      if (!found) return YOU;
      const { session, credentials } = found;
      if (headers['x-amz-security-token'] !== credentials.sessionToken)
        throw new CredentialsError('InvalidClientTokenId', 'invalid');
      if (clock() >= credentials.expiresAt) throw new CredentialsError('ExpiredToken', 'expired');
      return session;
    },
  };
}

export function arnOf({ accountId, roleName, sessionName }: RoleSession): string {
  return `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
}

/** The id of the role, and the session's name. The same role has the same id each time. */
export function callerIdOf({ accountId, roleName, sessionName }: RoleSession): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const digest = createHash('sha256').update(`${accountId}/${roleName}`).digest();
  const id = [...digest.subarray(0, 16)].map((byte) => alphabet[byte % 32]).join('');
  return `AROA${id}:${sessionName}`;
}
