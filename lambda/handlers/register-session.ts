import { type RegisterSessionDeps, registerSession } from '../domain/register/register-session.ts';
import { anySessionRequest } from '../requests/register-session.ts';
import { type HttpFunction, jsonHandler } from '../shell/http.ts';
import { registered } from '../shell/http-answer.ts';
import { NO_SESSION, NOBODY, rehearsalOf, request } from '../shell/rehearsal.ts';
import { wireRegisterSession } from '../wiring/api.ts';

/**
 * `PUT /users/{userId}/sessions`: holds a session of any user, from an AWS CLI token-cache file. It is a separate route, so that
 * IAM can withhold it. Answers and errors are those of `PUT /sessions`.
 */
export function register(deps: RegisterSessionDeps): HttpFunction {
  return async (request, deadline) =>
    registered(await registerSession(deps, anySessionRequest(request), deadline));
}

export const handler = jsonHandler(register(wireRegisterSession()));
export const rehearsal = rehearsalOf(
  handler,
  request('PUT /users/{userId}/sessions', {
    parameters: { userId: NOBODY },
    body: NO_SESSION,
  }),
);
