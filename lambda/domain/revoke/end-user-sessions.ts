import { hasTimeForPage, untilAnswer, untilBookkeeping } from '../deadline.ts';
import { slots } from '../pace.ts';
import type { HeldSession } from '../session.ts';
import type { TokenCache } from '../stores.ts';
import { type EndPageDeps, endPage, type PageUnderWay, type Run } from './end-page.ts';

export interface EndUserSessionsDeps extends EndPageDeps {
  tokenCache: EndPageDeps['tokenCache'] & Pick<TokenCache, 'page'>;
  /** The maximum number of sessions that are ended at the same time. */
  concurrency: number;
}

/** Sessions of one page. At most two pages are in progress while a third is read, which limits the memory. */
const PAGE = 25;

export interface UserSessionsToEnd
  extends Pick<
    Run,
    'revocationId' | 'deadline' | 'lastAttempt' | 'alreadyEnded' | 'earlierAttempts' | 'failures'
  > {
  userId: string;
  /** The id of the only session to end. If absent, all sessions end. */
  only?: string | undefined;
  /** Sessions that were registered later do not end. */
  registeredUntil?: Date | undefined;
}

export interface UserSessionsEnded {
  /** Time ran out before every session was tried. */
  outOfTime: boolean;
  /** Sessions that this run ended, or that were finally rejected. */
  ended: number;
  /** Sessions that are still held, because they could not be ended or their end could not be recorded. */
  left: number;
}

/**
 * Ends the held sessions of a user, page by page: Logout → outcomes → delete. It starts again from the first page until it finds
 * nothing new. While a page is recorded and deleted, the sessions of the next page are logged out.
 *
 * If the portal or the cipher finally rejects a session, the session is recorded as `FAILED` with the reason, and deleted.
 * Otherwise each retry would fence and deny the user again, and end nothing.
 */
export async function endUserSessions(
  deps: EndUserSessionsDeps,
  toEnd: UserSessionsToEnd,
): Promise<UserSessionsEnded> {
  const logoutSignal = untilBookkeeping(toEnd.deadline);
  const run = { ...toEnd, logoutSignal, ended: 0, left: new Set<string>(), slots: slots(deps.concurrency) };
  const isThrough = await endAll(deps, run);
  return { outOfTime: !isThrough, ended: run.ended, left: run.left.size };
}

/** @returns false if it ran out of time */
async function endAll(deps: EndUserSessionsDeps, run: Run & UserSessionsToEnd): Promise<boolean> {
  for (;;) {
    const pass = await endOnce(deps, run);
    if (pass === 'out-of-time' || run.logoutSignal.aborted) return false;
    // If a pass found sessions, others may have been registered meanwhile on pages that it had already read.
    if (pass === 'nothing-new') return true;
  }
}

/** One pass over all held sessions. Even if it throws, it waits until each page is recorded and deleted. */
async function endOnce(
  deps: EndUserSessionsDeps,
  run: Run & UserSessionsToEnd,
): Promise<'ended-some' | 'nothing-new' | 'out-of-time'> {
  const signal = untilAnswer(run.deadline);
  let [last, beforeLast]: PageUnderWay[] = [];
  let after: string | undefined;
  try {
    while (hasTime(run)) {
      const page = await deps.tokenCache.page(run.userId, { limit: PAGE, after }, signal);
      after = page.at(-1)?.sessionId;
      if (after === undefined) return last ? 'ended-some' : 'nothing-new';
      const sessions = page.filter((session) => isToEnd(run, session));
      if (sessions.length === 0) continue;
      await last?.begun;
      await beforeLast?.done;
      // Check again, because this may have waited for long.
      if (last && !hasTime(run)) break;
      [last, beforeLast] = [endPage(deps, run, sessions), last];
    }
    return 'out-of-time';
  } finally {
    await over([last, beforeLast]);
  }
}

/** Whether there is time for another page. A page that begins too late would be cut off in the middle. */
function hasTime({ deadline, logoutSignal }: Run): boolean {
  return hasTimeForPage(deadline) && !logoutSignal.aborted;
}

/** Waits until both pages are over. @throws the error of a page, which is a defect: a page keeps its known failures */
async function over(pages: (PageUnderWay | undefined)[]): Promise<void> {
  const results = await Promise.allSettled(pages.map((page) => page?.done));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function isToEnd(
  { left, only, registeredUntil }: Run & UserSessionsToEnd,
  { sessionId, registeredAt }: HeldSession,
): boolean {
  if (left.has(sessionId) || (registeredUntil && registeredAt > registeredUntil)) return false;
  return only === undefined || only === sessionId;
}
