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
  v.forward(
    v.check(
      (body) => body.userId === undefined || body.userName === undefined,
      'names the user a second time: send userId or userName',
    ),
    ['userName'],
  ),
  v.forward(
    v.check(
      (body) => body.userId !== undefined || body.userName !== undefined,
      'must say whose session it is',
    ),
    ['userId'],
  ),
);

/** What `PUT /sessions` asks for. @throws RequestError `invalid-body` */
export function registerRequest(request: HttpRequest): RegisterSessionRequest {
  const body = parseBody(Body, request.body);
  return {
    user: body.userId === undefined ? { userName: body.userName ?? '' } : { userId: body.userId },
    accessToken: body.accessToken,
    accessTokenExpiresAt: body.expiresAt,
    refresh: refreshCredentials(body),
    region: body.region,
    requestedBy: request.caller,
  };
}
