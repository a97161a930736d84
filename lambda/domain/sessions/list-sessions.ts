import { type Deadline, untilAnswer } from '../deadline.ts';
import type { Clock } from '../ports.ts';
import type { SessionsPage, TokenCache } from '../stores.ts';

export interface ListSessionsDeps {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'list'>;
}

/** Times are ISO 8601 in UTC. */
export interface ListedSession {
  sessionId: string;
  region?: string;
  registeredAt: string;
  /** The User-Agent of the call that registered it: what the tool said of itself and of its device, unchecked. */
  registeredWith?: string;
  expiresAt: string;
}

export interface ListedSessions {
  sessions: ListedSession[];
  nextCursor?: string;
}

/** Lists the live held sessions of a user. Expired rows are left out: they stay in the table until DynamoDB deletes them. */
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
      .map(({ sessionId, region, registeredAt, registeredWith, expiresAt }) => ({
        sessionId,
        ...(region !== undefined && { region }),
        registeredAt: registeredAt.toISOString(),
        ...(registeredWith !== undefined && { registeredWith }),
        expiresAt: expiresAt.toISOString(),
      })),
    ...(last && found.length === page.limit && { nextCursor: last.sessionId }),
  };
}
