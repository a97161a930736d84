import * as v from 'valibot';
import type { RegisterSessionRequest } from '../domain/register/register-session.ts';
import type { HttpRequest } from '../shell/http-request.ts';
import { jsonObject, parseBody } from './body.ts';
import {
  accessToken,
  expiresAt,
  lenientFields,
  refreshCredentials,
  region,
  userId,
  userName,
} from './fields.ts';
import { userIdOf } from './parameters.ts';
import { type PersonSettings, personOf } from './person.ts';

const Body = v.pipe(
  jsonObject,
  v.object({
    ...lenientFields,
    accessToken,
    expiresAt,
    region: v.optional(region),
    userId: v.optional(userId),
    userName: v.optional(userName),
  }),
);

/** What `PUT /sessions` asks for: the caller's own session. @throws RequestError `invalid-body` */
export function ownSessionRequest(request: HttpRequest, settings: PersonSettings): RegisterSessionRequest {
  return sessionRequest(request, personOf(request.caller, settings));
}

/** What `PUT /users/{userId}/sessions` asks for. @throws RequestError `invalid-body`, `invalid-parameter` */
export function anySessionRequest(request: HttpRequest): RegisterSessionRequest {
  return sessionRequest(request, { userId: userIdOf(request.pathParameters.userId) });
}

function sessionRequest(
  request: HttpRequest,
  user: RegisterSessionRequest['owner']['user'],
): RegisterSessionRequest {
  const body = parseBody(Body, request.body);
  return {
    owner: { user, claimed: { userId: body.userId, userName: body.userName } },
    accessToken: body.accessToken,
    accessTokenExpiresAt: body.expiresAt,
    refresh: refreshCredentials(body),
    region: body.region,
    requestedBy: request.caller.name,
  };
}
