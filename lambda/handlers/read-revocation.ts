import { type ReadRevocationDeps, readRevocation } from '../domain/record/read-revocation.ts';
import { pages } from '../page/pages.ts';
import { revocationPage } from '../page/revocation-page.ts';
import { cursorOf, limitOf, MAX_LIMITS } from '../requests/parameters.ts';
import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { methodNotAllowed } from '../shell/problems.ts';
import { NOTHING, rehearsalOf, request } from '../shell/rehearsal.ts';
import { wireReadRevocation } from '../wiring/api.ts';

/** API Gateway takes the path of the red button for the id of a revocation where the method is GET or HEAD. No id is this. */
const EVERYONE = 'everyone';

/**
 * `GET /revocations/{revocationId}?limit&cursor`: 200 with the revocation and a page of its outcomes; as HTML to whoever prefers
 * that, where `refresh=off` keeps the page from asking anew. 405 `method-not-allowed` for `/revocations/everyone`.
 */
export function read(deps: ReadRevocationDeps): HttpFunction {
  return async ({ pathParameters, query }, deadline) => {
    if (pathParameters.revocationId === EVERYONE) throw methodNotAllowed(['POST']);
    const page = { limit: limitOf(query.limit, MAX_LIMITS.readRevocation), after: cursorOf(query.cursor) };
    const body = await readRevocation(deps, pathParameters.revocationId ?? '', page, deadline);
    return { status: 200, body, page: () => revocationPage(body, { now: deps.clock(), query }) };
  };
}

export const handler = httpHandler(read(wireReadRevocation()), { pages });
export const rehearsal = rehearsalOf(
  handler,
  request('GET /revocations/{revocationId}', { parameters: { revocationId: NOTHING } }),
);
