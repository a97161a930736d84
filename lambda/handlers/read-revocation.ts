import { type ReadRevocationDeps, readRevocation } from '../domain/record/read-revocation.ts';
import { cursorOf, limitOf, MAX_LIMITS } from '../requests/parameters.ts';
import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { methodNotAllowed } from '../shell/problems.ts';
import { NOTHING, rehearsalOf, request } from '../shell/rehearsal.ts';
import { wireReadRevocation } from '../wiring/api.ts';

/** API Gateway takes the path of the red button for the id of a revocation where the method is GET or HEAD. No id is this. */
const EVERYONE = 'everyone';

/**
 * `GET /revocations/{revocationId}?limit&cursor`: 200 with the revocation and a page of its outcomes. 405
 * `method-not-allowed` for `/revocations/everyone`.
 */
export function read(deps: ReadRevocationDeps): HttpFunction {
  return async ({ pathParameters, query }, deadline) => {
    if (pathParameters.revocationId === EVERYONE) throw methodNotAllowed(['POST']);
    const page = { limit: limitOf(query.limit, MAX_LIMITS.readRevocation), after: cursorOf(query.cursor) };
    return {
      status: 200,
      body: await readRevocation(deps, pathParameters.revocationId ?? '', page, deadline),
    };
  };
}

export const handler = httpHandler(read(wireReadRevocation()));
export const rehearsal = rehearsalOf(
  handler,
  request('GET /revocations/{revocationId}', { parameters: { revocationId: NOTHING } }),
);
