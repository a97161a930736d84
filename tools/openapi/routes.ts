import type * as v from 'valibot';
import type { RouteName } from '../../infra/route-rules.ts';
import { MAX_LIMITS } from '../../lambda/requests/parameters.ts';
import { AnyBody, OwnBody } from '../../lambda/requests/register-session.ts';
import { RevokeBody } from '../../lambda/requests/revoke.ts';
import { EveryoneBody } from '../../lambda/requests/revoke-everyone.ts';
import type { ProblemCode } from '../../lambda/shell/problems.ts';
import type { AnswerName } from './answers.ts';
import type { QueryParameter } from './components.ts';

/** What one route accepts and answers. To document another answer, add it to `answers`. For another error, add its code to `problems`. */
export interface DocumentedRoute {
  readonly summary: string;
  readonly description: string;
  /** The query parameters, by their names in the document. */
  readonly query?: readonly QueryParameter[];
  /** Callers that prefer HTML get pages, also for errors. */
  readonly pages?: true;
  /** The highest number of items on a page, for a route whose answer has pages. */
  readonly limit?: number;
  readonly idempotencyKey?: true;
  /** The body has to match one of these schemas. */
  readonly bodies?: readonly v.GenericSchema[];
  /** The answers by status. */
  readonly answers: Readonly<
    Record<number, { readonly is: string; readonly body: AnswerName; readonly headers?: readonly string[] }>
  >;
  /** The problems in addition to those of every route. */
  readonly problems: readonly ProblemCode[];
}

/** The problems of every route. */
export const EVERYWHERE: readonly ProblemCode[] = ['role-missing', 'internal', 'out-of-time'];
const BODY = ['malformed-json', 'invalid-body', 'unsupported-media-type', 'body-too-large'] as const;
const QUEUED = {
  is: 'The rest goes on in the queue.',
  body: 'Revocation',
  headers: ['Location', 'Retry-After'],
} as const;
const REGISTERING = [
  ...BODY,
  'unknown-region',
  'session-expired',
  'not-your-session',
  'no-directory',
  'user-not-found',
  'user-revoked',
  'held-for-another-user',
  'too-many-sessions',
  'token-malformed',
  'portal-throttled',
  'portal-unavailable',
  'directory-unavailable',
  'cipher-unavailable',
  'store-unavailable',
] as const;
const HELD = {
  200: { is: 'The session was held before.', body: 'HeldSession' },
  201: { is: 'The session is held now.', body: 'HeldSession' },
} as const;

export const DOCUMENTED: Record<RouteName, DocumentedRoute> = {
  revoke: {
    summary: 'End sessions of one subject',
    description:
      'Ends one session by its access token, or all sessions that are held of a user. The body names exactly one subject. An AWS CLI token-cache file can be sent as it is.',
    idempotencyKey: true,
    bodies: RevokeBody,
    answers: { 200: { is: 'The revocation is over.', body: 'Revocation' }, 202: QUEUED },
    problems: [
      ...BODY,
      'invalid-parameter',
      'unknown-region',
      'no-directory',
      'user-not-found',
      'token-malformed',
      'idempotency-key-reused',
      'portal-throttled',
      'portal-unavailable',
      'directory-unavailable',
      'store-unavailable',
      'queue-unavailable',
      'record-incomplete',
    ],
  },
  revokeEveryone: {
    summary: 'End all sessions',
    description: 'Signs out everyone but the users of `except` and of the stack. Workers end the sessions.',
    idempotencyKey: true,
    bodies: [EveryoneBody],
    answers: { 202: QUEUED },
    problems: [
      ...BODY,
      'invalid-parameter',
      'idempotency-key-reused',
      'store-unavailable',
      'queue-unavailable',
    ],
  },
  readRevocation: {
    summary: 'Read a revocation',
    description: 'The revocation with one page of its outcomes. The counts are those of all outcomes.',
    query: ['refresh'],
    pages: true,
    limit: MAX_LIMITS.readRevocation,
    answers: { 200: { is: 'The revocation as its record stands.', body: 'RevocationPage' } },
    problems: [
      'invalid-parameter',
      'cursor-invalid',
      'revocation-not-found',
      'method-not-allowed',
      'store-unavailable',
    ],
  },
  listRevocations: {
    summary: 'List the revocations of a user, or of a time',
    description:
      'Newest first. Give `userId`, or `from` with or without `to`. The first page of a user begins with one answer over the latest revocations.',
    query: ['eitherUser', 'from', 'to'],
    limit: MAX_LIMITS.listRevocations,
    answers: { 200: { is: 'A page of revocations.', body: 'RevocationList' } },
    problems: ['invalid-parameter', 'cursor-invalid', 'store-unavailable'],
  },
  registerOwnSession: {
    summary: 'Register your own session',
    description:
      'Holds a session of the caller, so that it can be ended later. The body is an AWS CLI token-cache file.',
    bodies: [OwnBody],
    answers: HELD,
    problems: REGISTERING,
  },
  registerSession: {
    summary: 'Register a session of any user',
    description: 'For services that sign people in. The body is an AWS CLI token-cache file of that user.',
    bodies: [AnyBody],
    answers: HELD,
    problems: [...REGISTERING, 'invalid-parameter'],
  },
  listSessions: {
    summary: 'List the held sessions of a user',
    description: 'Live sessions only, and never a token.',
    query: ['ofUser'],
    limit: MAX_LIMITS.listSessions,
    answers: { 200: { is: 'A page of sessions.', body: 'SessionList' } },
    problems: ['invalid-parameter', 'cursor-invalid', 'store-unavailable'],
  },
  liftDenial: {
    summary: 'Lift the denials of a user',
    description:
      'Takes the user off the deny list. The policies follow within seconds. Only with a deny list.',
    query: ['reason'],
    answers: { 202: { is: 'The denials are lifted.', body: 'LiftedUser' } },
    problems: ['invalid-parameter', 'not-denied', 'store-unavailable', 'queue-unavailable'],
  },
  liftEveryone: {
    summary: 'Lift the denial of everyone',
    description: 'Denials by revocations of a single user stay. Only with a deny list.',
    query: ['reason'],
    answers: { 202: { is: 'The denial is lifted.', body: 'LiftedEveryone' } },
    problems: ['invalid-parameter', 'not-denied', 'store-unavailable', 'queue-unavailable'],
  },
  restoreAccess: {
    summary: 'Give back what a removal took away',
    description: 'Repeat the request after `Retry-After` until the answer is 200. Only with `removeAccess`.',
    answers: {
      200: { is: 'All is given back.', body: 'Revocation' },
      202: { ...QUEUED, is: 'Some is still to come: send the same request again.' },
    },
    problems: [
      'revocation-not-found',
      'nothing-to-restore',
      'user-not-enabled',
      'access-busy',
      'assignments-unavailable',
      'assignments-refused',
      'directory-unavailable',
      'store-unavailable',
    ],
  },
};
