import { type ListRevocationsDeps, listRevocations } from '../domain/record/list-revocations.ts';
import { limitOf, MAX_LIMITS, userIdOf } from '../requests/parameters.ts';
import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { NOBODY, rehearsalOf, request } from '../shell/rehearsal.ts';
import { wireListRevocations } from '../wiring/api.ts';

/**
 * `GET /revocations?userId=…&limit&cursor`: 200 with the user's revocations, newest first, and
 * `nextCursor` if there are more. The first page begins with `user`, one answer over the latest of them.
 */
export function list(deps: ListRevocationsDeps): HttpFunction {
  return async ({ query }, deadline) => {
    const page = { limit: limitOf(query.limit, MAX_LIMITS.listRevocations), cursor: query.cursor };
    return { status: 200, body: await listRevocations(deps, userIdOf(query.userId), page, deadline) };
  };
}

export const handler = httpHandler(list(wireListRevocations()));
export const rehearsal = rehearsalOf(handler, request('GET /revocations', { query: { userId: NOBODY } }));
