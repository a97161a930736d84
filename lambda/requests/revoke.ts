import * as v from 'valibot';
import type { SubjectRequest } from '../domain/revoke/revoke-subject.ts';
import type { HttpRequest } from '../shell/http-request.ts';
import { jsonObject, parseBody } from './body.ts';
import {
  accessToken,
  lenientFields,
  reason,
  refreshCredentials,
  region,
  userId,
  userName,
} from './fields.ts';
import { idempotencyKeyOf } from './parameters.ts';

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

/** A body must match one of these schemas. */
export const RevokeBody = [SessionBody, UserIdBody, UserNameBody];

/**
 * The request of `POST /revocations`. With an access token, its subject is one session. Then `userId` says whose session it is.
 *
 * @throws RequestError `invalid-body`, `invalid-parameter`
 */
export function revokeRequest(request: HttpRequest): SubjectRequest {
  const { body, caller, requestId } = request;
  const some = parseBody(SomeSubject, body);
  if ('accessToken' in some) return sessionRequest(parseBody(SessionBody, some), caller.name);
  const { reason: why, ...user } = parseBody('userId' in some ? UserIdBody : UserNameBody, some);
  const idempotencyKey = idempotencyKeyOf(request);
  return { user, reason: why, requestedBy: caller.name, requestId, idempotencyKey };
}

function sessionRequest(body: v.InferOutput<typeof SessionBody>, requestedBy: string): SubjectRequest {
  return {
    accessToken: body.accessToken,
    accessTokenExpiresAt: body.expiresAt,
    refresh: refreshCredentials(body),
    region: body.region,
    userId: body.userId,
    reason: body.reason,
    requestedBy,
  };
}
