import { type Deadline, untilAnswer } from '../deadline.ts';
import type { Clock } from '../ports.ts';
import type { SessionsPage, TokenCache } from '../stores.ts';

export interface ListSessionsDeps {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'list'>;
}

export interface ListedSessions {
  sessions: { sessionId: string; region?: string; registeredAt: string; expiresAt: string }[];
  nextCursor?: string;
}

/** The live sessions held of a user. What is expired is left out: it may still be in the table until its TTL comes. */
export async function listSessions(
  deps: ListSessionsDeps,
  userId: string,
  page: SessionsPage,
  deadline: Deadline,
): Promise<ListedSessions> {
  const found = await deps.tokenCache.list(userId, page, untilAnswer(deadline));
  const now = deps.clock();
  const last = found.at(-1);
  return {
    sessions: found
      .filter(({ expiresAt }) => expiresAt > now)
      .map(({ sessionId, region, registeredAt, expiresAt }) => ({
        sessionId,
        ...(region !== undefined && { region }),
        registeredAt: registeredAt.toISOString(),
        expiresAt: expiresAt.toISOString(),
      })),
    ...(last && found.length === page.limit && { nextCursor: last.sessionId }),
  };
}
