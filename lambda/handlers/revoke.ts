import { type RevokeSubjectDeps, revokeSubject } from '../domain/revoke/revoke-subject.ts';
import { revokeRequest } from '../requests/revoke.ts';
import { countOver } from '../shell/count-over.ts';
import { type HttpFunction, jsonHandler } from '../shell/http.ts';
import { accepted } from '../shell/http-answer.ts';
import { rehearsalOf, request } from '../shell/rehearsal.ts';
import { logger } from '../shell/telemetry.ts';
import { wireRevoke } from '../wiring/api.ts';

/**
 * `POST /revocations`: 200 with the revocation, or 202 if a worker does the rest. With the optional header `Idempotency-Key`, a
 * repeated request continues the same revocation of a user. Errors as `revokeSubject` throws them.
 */
export function revoke(deps: RevokeSubjectDeps): HttpFunction {
  return async (request, deadline) => {
    const { revocation, session } = await revokeSubject(deps, revokeRequest(request), deadline);
    const { revocationId, status, requestedAt, completedAt, sessions, subject } = revocation;
    const ids = { revocationId, ...('userId' in subject && { userId: subject.userId }) };
    if (!session) {
      logger.info('revoked', { ...ids, status, ...sessions });
      return completedAt !== null ? { status: 200, body: revocation } : accepted(revocation);
    }
    const { recorded, cachedCopyDeleted } = session;
    const outcome = recorded?.outcome ?? 'unchanged';
    logger.info('revoked', { ...ids, status, outcome, cachedCopyDeleted });
    if (recorded && completedAt)
      countOver({ source: 'http', status: 'COMPLETED' }, secondsBetween(requestedAt, completedAt));
    return { status: 200, body: revocation };
  };
}

function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

export const handler = jsonHandler(revoke(wireRevoke()));
export const rehearsal = rehearsalOf(
  handler,
  request('POST /revocations', { body: { accessToken: 'rehearsal' } }),
);
