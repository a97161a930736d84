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
  registeredWith,
  userId,
  userName,
} from './fields.ts';
import { userIdOf } from './parameters.ts';
import { type PersonSettings, personOf } from './person.ts';

const file = {
  ...lenientFields,
  accessToken,
  expiresAt,
  region: v.optional(region),
  userId: v.optional(userId),
};
export const OwnBody = v.pipe(jsonObject, v.object({ ...file, userName: v.optional(userName) }));
export const AnyBody = v.pipe(
  jsonObject,
  v.object({ ...file, userName: v.optional(v.never('names the user a second time: the path does')) }),
);

/** What `PUT /sessions` asks for: the caller's own session. @throws RequestError `invalid-body` */
export function ownSessionRequest(request: HttpRequest, settings: PersonSettings): RegisterSessionRequest {
  const body = parseBody(OwnBody, request.body);
  const claimed = { userId: body.userId, userName: body.userName };
  return sessionRequest(request, body, { user: personOf(request.caller, settings), claimed });
}

/** What `PUT /users/{userId}/sessions` asks for. @throws RequestError `invalid-body`, `invalid-parameter` */
export function anySessionRequest(request: HttpRequest): RegisterSessionRequest {
  const user = { userId: userIdOf(request.pathParameters.userId) };
  const body = parseBody(AnyBody, request.body);
  return sessionRequest(request, body, { user, claimed: { userId: body.userId } });
}

function sessionRequest(
  request: HttpRequest,
  body: Omit<v.InferOutput<typeof OwnBody>, 'userName'>,
  owner: RegisterSessionRequest['owner'],
): RegisterSessionRequest {
  return {
    owner,
    accessToken: body.accessToken,
    accessTokenExpiresAt: body.expiresAt,
    refresh: refreshCredentials(body),
    region: body.region,
    registeredWith: registeredWith(request.headers['user-agent']),
    requestedBy: request.caller.name,
  };
}
