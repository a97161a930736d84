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

/** Only what a store, the cipher or the like is known to fail with is a failure. @throws the error itself if it is a defect */
export function asDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  throw error;
}
