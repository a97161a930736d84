import { type RegisterSessionDeps, registerSession } from '../domain/register/register-session.ts';
import { registerRequest } from '../requests/register-session.ts';
import { type HttpFunction, jsonHandler } from '../shell/http.ts';
import { logger } from '../shell/telemetry.ts';
import { wireRegisterSession } from '../wiring.ts';

/**
 * `PUT /sessions`: an AWS CLI token-cache file with `userId` (or `userName`). 201 if the session is new, 200 if it was held
 * already, with `{sessionId, userId, expiresAt}`. Errors as `registerSession` throws them.
 */
export function register(deps: RegisterSessionDeps): HttpFunction {
  return async (request, deadline) => {
    const { isNew, ...held } = await registerSession(deps, registerRequest(request), deadline);
    logger.info('registered', { sessionId: held.sessionId, isNew });
    return { status: isNew ? 201 : 200, body: { ...held, expiresAt: held.expiresAt.toISOString() } };
  };
}

export const handler = jsonHandler(register(wireRegisterSession()));
