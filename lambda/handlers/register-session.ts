import * as v from 'valibot';
import { type RegisterSessionDeps, registerSession } from '../domain/register/register-session.ts';
import { jsonObject, parseBody } from '../requests/body.ts';
import {
  accessToken,
  expiresAt,
  lenientFields,
  refreshCredentials,
  region,
  userId,
  userName,
} from '../requests/fields.ts';
import { type HttpFunction, jsonHandler } from '../shell/http.ts';
import { logger } from '../shell/telemetry.ts';
import { wireRegisterSession } from '../wiring.ts';

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

/**
 * `PUT /sessions`: an AWS CLI token-cache file with `userId` (or `userName`). 201 when the session is new, 200 when it was
 * held already, with `{sessionId, userId, expiresAt}`. Errors as `registerSession` throws them.
 */
export function register(deps: RegisterSessionDeps): HttpFunction {
  return async (request, deadline) => {
    const body = parseBody(Body, request.body);
    const user = body.userId === undefined ? { userName: body.userName ?? '' } : { userId: body.userId };
    const session = {
      user,
      accessToken: body.accessToken,
      accessTokenExpiresAt: body.expiresAt,
      region: body.region,
    };
    const asked = { ...session, refresh: refreshCredentials(body), requestedBy: request.caller };
    const { isNew, ...held } = await registerSession(deps, asked, deadline);
    logger.info('registered', { sessionId: held.sessionId, isNew });
    return { status: isNew ? 201 : 200, body: { ...held, expiresAt: held.expiresAt.toISOString() } };
  };
}

export const handler = jsonHandler(register(wireRegisterSession()));
