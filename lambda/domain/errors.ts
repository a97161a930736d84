import type { Failure } from './ports.ts';

export type DomainErrorCode =
  | 'token-malformed'
  | 'unknown-region'
  | 'portal-throttled'
  | 'portal-unavailable'
  | 'store-unavailable'
  | 'record-incomplete'
  | 'revocation-not-found'
  | 'no-directory'
  | 'message-malformed'
  | 'user-revoked'
  | 'session-expired'
  | 'cursor-invalid'
  | 'queue-unavailable'
  | 'user-not-found'
  | 'directory-unavailable'
  | 'cipher-unavailable'
  | 'ciphertext-invalid';

/** A failure the caller can act on. `code` is stable, the message says what to do, `cause` holds no text from outside. */
export class DomainError extends Error {
  readonly code: DomainErrorCode;
  override readonly cause: Failure | undefined;

  constructor(code: DomainErrorCode, message: string, cause?: Failure) {
    super(message);
    this.name = 'DomainError';
    this.code = code;
    this.cause = cause;
  }
}
