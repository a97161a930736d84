import { type ReadRevocationDeps, readRevocation } from '../domain/record/read-revocation.ts';
import { pages } from '../page/pages.ts';
import { revocationPage } from '../page/revocation-page.ts';
import { cursorOf, limitOf, MAX_LIMITS } from '../requests/parameters.ts';
import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { methodNotAllowed } from '../shell/problems.ts';
import { NOTHING, rehearsalOf, request } from '../shell/rehearsal.ts';
import { wireReadRevocation } from '../wiring/api.ts';

/** For GET and HEAD, API Gateway takes the last part of the red button's path for a revocation id. No revocation has this id. */
const EVERYONE = 'everyone';

/**
 * `GET /revocations/{revocationId}?limit&cursor`: 200 with the revocation and a page of its outcomes. A caller that prefers HTML
 * gets a page for people, which `refresh=off` keeps from reloading itself. 405 `method-not-allowed` for `/revocations/everyone`.
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
