import { type ListByTimeDeps, listByTime } from '../domain/record/list-by-time.ts';
import { type ListRevocationsDeps, listRevocations } from '../domain/record/list-revocations.ts';
import { limitOf, MAX_LIMITS, userIdOf } from '../requests/parameters.ts';
import { periodOf } from '../requests/period.ts';
import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { RequestError } from '../shell/problems.ts';
import { NOBODY, rehearsalOf, request } from '../shell/rehearsal.ts';
import { wireListRevocations } from '../wiring/api.ts';

/**
 * `GET /revocations?userId=…&limit&cursor`: 200 with the user's revocations, newest first, and `nextCursor` if there are more. The
 * first page also has `user`, one answer over the latest revocations.
 *
 * `GET /revocations?from=…&to&limit&cursor`: the same for the revocations of everybody in a period, without `user`.
 */
export function list(deps: ListRevocationsDeps & ListByTimeDeps): HttpFunction {
  return async ({ query }, deadline) => {
    const page = { limit: limitOf(query.limit, MAX_LIMITS.listRevocations), cursor: query.cursor };
    const isByTime = query.from !== undefined || query.to !== undefined;
    if (isByTime && query.userId !== undefined)
      throw new RequestError('invalid-parameter', 'Give either userId, or from and to.');
    if (isByTime) {
      const body = await listByTime(deps, periodOf(query, deps.clock()), page, deadline);
      return { status: 200, body };
    }
    return { status: 200, body: await listRevocations(deps, userIdOf(query.userId), page, deadline) };
  };
}

export const handler = httpHandler(list(wireListRevocations()));
export const rehearsal = rehearsalOf(handler, request('GET /revocations', { query: { userId: NOBODY } }));
