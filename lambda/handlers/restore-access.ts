import { type RestoreAccessDeps, restoreAccess as restore } from '../domain/access/restore-access.ts';
import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { accepted } from '../shell/http-answer.ts';
import { NOTHING, rehearsalOf, request } from '../shell/rehearsal.ts';
import { logger } from '../shell/telemetry.ts';
import { wireRestoreAccess } from '../wiring/access.ts';

/**
 * `POST /revocations/{revocationId}/restore-access`, without a body: 200 with the revocation if everything that the removal took
 * away is restored. 202 if not: send the same request again. Errors as `restoreAccess` throws them.
 */
export function restoreAccess(deps: RestoreAccessDeps): HttpFunction {
  return async ({ pathParameters, caller }, deadline) => {
    const revocation = await restore(deps, pathParameters.revocationId ?? '', deadline);
    const { revocationId, access } = revocation;
    logger.warn('access restored', { revocationId, by: caller.name, ...access });
    return access?.status === 'RESTORED' ? { status: 200, body: revocation } : accepted(revocation);
  };
}

export const handler = httpHandler(restoreAccess(wireRestoreAccess()));
export const rehearsal = rehearsalOf(
  handler,
  request('POST /revocations/{revocationId}/restore-access', { parameters: { revocationId: NOTHING } }),
);
