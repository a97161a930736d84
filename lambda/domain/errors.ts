/** Why an outside call failed: the name of its error, and the status and request id if there was an answer. Never its text. */
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

/** A failure that the caller can act on. `code` is stable. The message says what to do. `cause` holds no text from outside. */
export class DomainError extends Error {
  readonly code: DomainErrorCode;
  override readonly cause: Failure | undefined;
  /** After this time the same request may succeed. Present if the time is known more exactly than from the code. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: DomainErrorCode, message: string, cause?: Failure, retryAfterSeconds?: number) {
    super(message);
    this.name = 'DomainError';
    this.code = code;
    this.cause = cause;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Throws the first failure, if there is one. */
export function throwFirst([failure]: DomainError[]): void {
  if (failure) throw failure;
}

/** Turns a known failure of a port into a value. @throws any other error, so that a defect is not handled like a failure */
export function asDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  throw error;
}
