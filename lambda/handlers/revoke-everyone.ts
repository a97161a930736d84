import * as v from 'valibot';
import { type RequestEveryoneDeps, requestEveryone } from '../domain/revoke/revoke-everyone.ts';
import { jsonObject, parseBody } from '../requests/body.ts';
import { reason } from '../requests/fields.ts';
import { type HttpFunction, jsonHandler } from '../shell/http.ts';
import { accepted } from '../shell/http-answer.ts';
import { logger } from '../shell/telemetry.ts';
import { wireRevokeEveryone } from '../wiring.ts';

const Body = v.pipe(jsonObject, v.object({ reason: v.pipe(reason, v.nonEmpty('must say why')) }));

/** `POST /revocations/everyone`: 202 with the revocation; the workers end the sessions of every user, one after the other. */
export function revokeEveryone(deps: RequestEveryoneDeps): HttpFunction {
  return async (request, deadline) => {
    const { reason: why } = parseBody(Body, request.body);
    const revocation = await requestEveryone(deps, { requestedBy: request.caller, reason: why }, deadline);
    logger.warn('revoking everyone', { revocationId: revocation.revocationId });
    return accepted(revocation);
  };
}

export const handler = jsonHandler(revokeEveryone(wireRevokeEveryone()));
