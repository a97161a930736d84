import { type RegisterSessionDeps, registerSession } from '../domain/register/register-session.ts';
import type { PersonSettings } from '../requests/person.ts';
import { ownSessionRequest } from '../requests/register-session.ts';
import { type HttpFunction, jsonHandler } from '../shell/http.ts';
import { registered } from '../shell/http-answer.ts';
import { NO_SESSION, rehearsalOf, request } from '../shell/rehearsal.ts';
import { wireRegisterOwnSession } from '../wiring/api.ts';

export interface RegisterOwnSessionDeps extends RegisterSessionDeps {
  persons: PersonSettings;
}

/**
 * `PUT /sessions`: holds the caller's own session, from an AWS CLI token-cache file. 201 if the session is new, 200 if it was
 * held already, with `{sessionId, userId, expiresAt, refreshable}`. Errors as `registerSession` throws them.
 */
export function registerOwn(deps: RegisterOwnSessionDeps): HttpFunction {
  return async (request, deadline) =>
    registered(await registerSession(deps, ownSessionRequest(request, deps.persons), deadline));
}

export const handler = jsonHandler(registerOwn(wireRegisterOwnSession()));
export const rehearsal = rehearsalOf(handler, request('PUT /sessions', { body: NO_SESSION }));
