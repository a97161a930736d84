import { type ReadRevocationDeps, readRevocation } from '../domain/record/read-revocation.ts';
import { cursorOf, limitOf } from '../requests/parameters.ts';
import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { wireReadRevocations } from '../wiring/api.ts';

const MAX_LIMIT = 1_000;

/** `GET /revocations/{revocationId}?limit&cursor`: 200 with the revocation and a page of its outcomes. */
export function read(deps: ReadRevocationDeps): HttpFunction {
  return async ({ pathParameters, query }, deadline) => {
    const page = { limit: limitOf(query.limit, MAX_LIMIT), after: cursorOf(query.cursor) };
    return {
      status: 200,
      body: await readRevocation(deps, pathParameters.revocationId ?? '', page, deadline),
    };
  };
}

export const handler = httpHandler(read(wireReadRevocations()));
