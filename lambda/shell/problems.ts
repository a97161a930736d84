import { DomainError, type DomainErrorCode } from '../domain/errors.ts';

export type RequestErrorCode =
  | 'malformed-json'
  | 'invalid-body'
  | 'invalid-parameter'
  | 'unsupported-media-type'
  | 'body-too-large'
  | 'unknown-route'
  | 'role-missing'
  | 'method-not-allowed';

export type ProblemCode = DomainErrorCode | RequestErrorCode | 'out-of-time' | 'internal';

/** One fault of a body: a JSON Pointer (RFC 6901) and what to change there. */
export interface BodyFault {
  pointer: string;
  detail: string;
}

/** A problem document (RFC 9457). `code` is stable; only `invalid-body` has `errors`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  errors?: BodyFault[];
}

/** A request that the caller must change. Messages never quote the request, because it may hold a token. */
export class RequestError extends Error {
  readonly code: RequestErrorCode;
  readonly errors: BodyFault[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    code: RequestErrorCode,
    message: string,
    more: { errors?: BodyFault[]; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.name = 'RequestError';
    this.code = code;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
  }
}

/** @param methods - the methods that the path has */
export function methodNotAllowed(methods: string[]): RequestError {
  const allow = methods.join(', ');
  return new RequestError('method-not-allowed', `This route takes ${allow}.`, { headers: { allow } });
}

interface Rule {
  status: number;
  title: string;
  /** After so many seconds the same request may succeed. If set, nothing was lost. */
  retryAfter?: number;
}

const RULES: Record<ProblemCode, Rule> = {
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'invalid-body': { status: 400, title: 'The body is invalid' },
  'invalid-parameter': { status: 400, title: 'A parameter or header is invalid' },
  'no-directory': { status: 400, title: 'Users cannot be looked up' },
  'message-malformed': { status: 400, title: 'The message is not understood' },
  'session-expired': { status: 400, title: 'The session is over' },
  'cursor-invalid': { status: 400, title: 'The cursor is not one of ours' },
  'unknown-region': { status: 400, title: 'No access portal in that region' },
  'unknown-route': { status: 404, title: 'No such route' },
  'revocation-not-found': { status: 404, title: 'No such revocation' },
  'user-not-found': { status: 404, title: 'No such user' },
  'not-denied': { status: 404, title: 'Nothing is denied' },
  'method-not-allowed': { status: 405, title: 'The route does not take this method' },
  'role-missing': { status: 403, title: 'The token lacks a role' },
  'not-your-session': { status: 403, title: "Not the caller's own session" },
  'held-for-another-user': { status: 409, title: 'The session is held for another user' },
  'too-many-sessions': { status: 409, title: 'Too many sessions of this user are held' },
  'user-revoked': { status: 409, title: "The user's sessions are being ended" },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body must be JSON' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key stands for another request' },
  'token-malformed': { status: 422, title: 'The access token is malformed' },
  'portal-throttled': { status: 429, title: 'The access portal throttles', retryAfter: 5 },
  internal: { status: 500, title: 'A defect of this service' },
  'portal-unavailable': { status: 503, title: 'The access portal is unavailable', retryAfter: 15 },
  'store-unavailable': { status: 503, title: 'The records are unavailable', retryAfter: 5 },
  'directory-unavailable': { status: 503, title: 'The identity store is unavailable', retryAfter: 5 },
  'queue-unavailable': { status: 503, title: 'The queue is unavailable', retryAfter: 5 },
  'events-unavailable': { status: 503, title: 'The event bus is unavailable', retryAfter: 5 },
  'cipher-unavailable': { status: 503, title: 'The key service is unavailable', retryAfter: 5 },
  'ciphertext-invalid': { status: 500, title: 'A cached token cannot be decrypted' },
  'assignments-unavailable': { status: 503, title: 'The assignments are unavailable', retryAfter: 5 },
  'nothing-to-restore': { status: 404, title: 'Nothing was taken away' },
  'user-not-enabled': { status: 409, title: 'The user may not sign in' },
  'access-busy': { status: 409, title: 'Access is being changed', retryAfter: 30 },
  'assignments-refused': { status: 500, title: 'The assignments cannot be read or changed' },
  'policy-busy': { status: 503, title: 'The policies are busy', retryAfter: 5 },
  'policy-refused': { status: 500, title: 'The policies cannot be changed' },
  'record-incomplete': { status: 503, title: 'Ended, but not all recorded', retryAfter: 5 },
  'out-of-time': { status: 503, title: 'Out of time', retryAfter: 5 },
};

/** The answer to an error. An error that is not ours becomes a 500 without details, because its text may hold a token. */
export function problemOf(error: unknown): { problem: Problem; headers: Record<string, string> } {
  const { code, detail } = told(error);
  const { status, title, retryAfter } = RULES[code];
  const request = error instanceof RequestError ? error : undefined;
  const seconds = (error instanceof DomainError && error.retryAfterSeconds) || retryAfter;
  return {
    problem: {
      type: `urn:problem-type:identity-center-revocation:${code}`,
      title,
      status,
      detail,
      code,
      ...(request?.errors && { errors: request.errors }),
    },
    headers: { ...request?.headers, ...(seconds !== undefined && { 'retry-after': String(seconds) }) },
  };
}

function told(error: unknown): { code: ProblemCode; detail: string } {
  if (error instanceof DomainError || error instanceof RequestError) {
    return { code: error.code, detail: error.message };
  }
  if (error instanceof Error && error.name === 'TimeoutError') {
    return {
      code: 'out-of-time',
      detail: 'There was not enough time to finish. Send the same request again.',
    };
  }
  return {
    code: 'internal',
    detail: 'Send the same request again; if that does not help, look up the request id in the log.',
  };
}
