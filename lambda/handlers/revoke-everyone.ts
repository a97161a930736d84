import { type RequestEveryoneDeps, requestEveryone } from '../domain/revoke/request-everyone.ts';
import { everyoneRequest } from '../requests/revoke-everyone.ts';
import { type HttpFunction, jsonHandler } from '../shell/http.ts';
import { accepted } from '../shell/http-answer.ts';
import { rehearsalOf, request } from '../shell/rehearsal.ts';
import { logger } from '../shell/telemetry.ts';
import { wireRevokeEveryone } from '../wiring/api.ts';

/** `POST /revocations/everyone`: 202 with the revocation. The workers end the sessions, one user after the other. */
export function revokeEveryone(deps: RequestEveryoneDeps): HttpFunction {
  return async (request, deadline) => {
    const revocation = await requestEveryone(
      deps,
      everyoneRequest(request, deps.breakGlassUserIds),
      deadline,
    );
    logger.warn('revoking everyone', { revocationId: revocation.revocationId });
    return accepted(revocation);
  };
}

export const handler = jsonHandler(revokeEveryone(wireRevokeEveryone()));
export const rehearsal = rehearsalOf(
  handler,
  request('POST /revocations/everyone', { body: { reason: 'rehearsal' } }),
);
