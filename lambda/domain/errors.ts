/** Why an outside call failed: its error's name, and status and request id where there was an answer. Never its text. */
export interface Failure {
  name: string;
  status?: number;
  requestId?: string;
}

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
  | 'events-unavailable'
  | 'user-not-found'
  | 'directory-unavailable'
  | 'assignments-unavailable'
  | 'assignments-refused'
  | 'nothing-to-restore'
  | 'user-not-enabled'
  | 'access-busy'
  | 'cipher-unavailable'
  | 'ciphertext-invalid'
  | 'not-denied'
  | 'not-your-session'
  | 'held-for-another-user'
  | 'too-many-sessions'
  | 'idempotency-key-reused'
  | 'policy-busy'
  | 'policy-refused';

/** A failure the caller can act on. `code` is stable, the message says what to do, `cause` holds no text from outside. */
export class DomainError extends Error {
  readonly code: DomainErrorCode;
  override readonly cause: Failure | undefined;
  /** After so many seconds the same request may succeed, where that is known better than by the code. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: DomainErrorCode, message: string, cause?: Failure, retryAfterSeconds?: number) {
    super(message);
    this.name = 'DomainError';
    this.code = code;
    this.cause = cause;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** @throws the first of them; nothing where there is none */
export function throwFirst([failure]: DomainError[]): void {
  if (failure) throw failure;
}

/** Turns a known failure of a port into a value. @throws the error itself if it is a defect, so that no defect passes for a failure */
export function asDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  throw error;
}
