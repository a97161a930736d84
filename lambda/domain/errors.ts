import type { Failure, LogoutFailed } from './ports.ts';

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
  | 'ciphertext-invalid'
  | 'not-denied'
  | 'policy-busy'
  | 'policy-refused';

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

/** What a caller is told whose session the portal did not end. */
export function notEnded({ why, failure }: LogoutFailed): DomainError {
  switch (why) {
    case 'malformed-token':
      return new DomainError(
        'token-malformed',
        'The access portal rejects the access token as malformed. Send the accessToken field of a token-cache file as it is.',
        failure,
      );
    case 'unknown-region':
      return new DomainError(
        'unknown-region',
        'No access portal answers in that region. Send the region of the IAM Identity Center instance.',
        failure,
      );
    case 'throttled':
      return new DomainError(
        'portal-throttled',
        'The access portal throttles. The session may still be alive; send the same request again.',
        failure,
      );
    case 'unavailable':
      return new DomainError(
        'portal-unavailable',
        'The access portal did not answer as it should. The session may still be alive; send the same request again.',
        failure,
      );
  }
}
