import { type ListSessionsDeps, listSessions } from '../domain/sessions/list-sessions.ts';
import { cursorOf, limitOf, MAX_LIMITS, userIdOf } from '../requests/parameters.ts';
import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { NOBODY, rehearsalOf, request } from '../shell/rehearsal.ts';
import { wireListSessions } from '../wiring/api.ts';

/** `GET /sessions?userId=…&limit&cursor`: 200 with the user's live sessions that are held, without their tokens. */
export function list(deps: ListSessionsDeps): HttpFunction {
  return async ({ query }, deadline) => {
    const page = { limit: limitOf(query.limit, MAX_LIMITS.listSessions), after: cursorOf(query.cursor) };
    return { status: 200, body: await listSessions(deps, userIdOf(query.userId), page, deadline) };
  };
}

export const handler = httpHandler(list(wireListSessions()));
export const rehearsal = rehearsalOf(handler, request('GET /sessions', { query: { userId: NOBODY } }));
