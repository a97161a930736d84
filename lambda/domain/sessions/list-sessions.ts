import { type Deadline, untilBefore } from '../deadline.ts';
import type { Clock } from '../ports.ts';
import type { SessionList } from '../stores.ts';

export interface ListSessionsDeps {
  clock: Clock;
  sessions: SessionList;
}

export interface SessionsPage {
  sessions: { sessionId: string; region?: string; registeredAt: string; expiresAt: string }[];
  nextCursor?: string;
}

const ANSWER_MILLIS = 1_000;

/** The live sessions held of a user. What is expired is left out: it may still be in the table until its TTL comes. */
export async function listSessions(
  deps: ListSessionsDeps,
  userId: string,
  page: { limit: number; after?: string | undefined },
  deadline: Deadline,
): Promise<SessionsPage> {
  const found = await deps.sessions.list(userId, page, untilBefore(deadline, ANSWER_MILLIS));
  const now = deps.clock();
  const last = found.at(-1);
  return {
    sessions: found
      .filter(({ expiresAt }) => expiresAt > now)
      .map(({ registeredAt, expiresAt, ...session }) => ({
        ...session,
        registeredAt: registeredAt.toISOString(),
        expiresAt: expiresAt.toISOString(),
      })),
    ...(last && found.length === page.limit && { nextCursor: last.sessionId }),
  };
}
