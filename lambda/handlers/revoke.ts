import { MetricUnit } from '@aws-lambda-powertools/metrics';
import * as v from 'valibot';
import type { Deadline } from '../domain/deadline.ts';
import { type RequestRevocationDeps, requestRevocation } from '../domain/revoke/request-revocation.ts';
import { type RevokeSessionDeps, revokeSession } from '../domain/revoke/revoke-session.ts';
import { jsonObject, parseBody } from '../requests/body.ts';
import {
  accessToken,
  lenientFields,
  reason,
  refreshCredentials,
  region,
  userId,
  userName,
} from '../requests/fields.ts';
import { type HttpFunction, jsonHandler } from '../shell/http.ts';
import { accepted, type HttpAnswer } from '../shell/http-answer.ts';
import type { HttpRequest } from '../shell/http-request.ts';
import { RequestError } from '../shell/problems.ts';
import { logger, metrics } from '../shell/telemetry.ts';
import { wireRevoke } from '../wiring.ts';

const subjects = ['accessToken', 'userId', 'userName'];
const SomeSubject = v.pipe(
  jsonObject,
  v.check(
    (body) => subjects.some((subject) => subject in body),
    `must name a subject: one of ${subjects.join(', ')}`,
  ),
);
const secondSubject = v.optional(
  v.never('names a second subject: send one of accessToken, userId, userName'),
);

const SessionBody = v.object({
  accessToken,
  ...lenientFields,
  region: v.optional(region),
  userId: v.optional(userId),
  userName: secondSubject,
  reason: v.optional(reason),
});
const UserIdBody = v.object({ userId, userName: secondSubject, reason: v.optional(reason) });
const UserNameBody = v.object({ userName, reason: v.optional(reason) });

export interface RevokeDeps {
  session: RevokeSessionDeps;
  user: RequestRevocationDeps;
}

/**
 * `POST /revocations`: 200 with the revocation, or 202 when the rest of it goes on in the queue. An optional header
 * `Idempotency-Key` makes a user's revocation repeatable. Errors as `revokeSession` and `requestRevocation` throw them.
 */
export function revoke(deps: RevokeDeps): HttpFunction {
  return (request, deadline) => {
    const body = parseBody(SomeSubject, request.body);
    if (!('accessToken' in body)) return ofUser(deps.user, request, body, deadline);
    return ofSession(deps.session, request, parseBody(SessionBody, body), deadline);
  };
}

async function ofSession(
  deps: RevokeSessionDeps,
  { caller }: HttpRequest,
  body: v.InferOutput<typeof SessionBody>,
  deadline: Deadline,
): Promise<HttpAnswer> {
  const { expiresAt, ...fields } = body;
  const session = {
    ...fields,
    accessTokenExpiresAt: expiresAt,
    refresh: refreshCredentials(body),
    requestedBy: caller,
  };
  const { revocation, recorded, cachedCopyDeleted } = await revokeSession(deps, session, deadline);
  const { revocationId, status } = revocation;
  logger.info('revoked', {
    revocationId,
    status,
    outcome: recorded?.outcome ?? 'unchanged',
    cachedCopyDeleted,
  });
  if (recorded) metrics.addMetric(`Outcome${recorded.outcome}`, MetricUnit.Count, 1);
  return { status: 200, body: revocation };
}

async function ofUser(
  deps: RequestRevocationDeps,
  { caller, headers }: HttpRequest,
  body: object,
  deadline: Deadline,
): Promise<HttpAnswer> {
  const { reason: why, ...user } = parseBody('userId' in body ? UserIdBody : UserNameBody, body);
  const asked = { user, reason: why, requestedBy: caller, idempotencyKey: idempotencyKey(headers) };
  const revocation = await requestRevocation(deps, asked, deadline);
  const { revocationId, status, sessions } = revocation;
  logger.info('revoked', { revocationId, status, ...sessions });
  return status === 'COMPLETED' ? { status: 200, body: revocation } : accepted(revocation);
}

function idempotencyKey(headers: HttpRequest['headers']): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new RequestError('invalid-parameter', 'Idempotency-Key must be 1 to 255 printable ASCII characters.');
}

export const handler = jsonHandler(revoke(wireRevoke()));
