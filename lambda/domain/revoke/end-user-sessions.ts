import { hasTimeForPage, untilAnswer, untilBookkeeping } from '../deadline.ts';
import { slots } from '../pace.ts';
import type { HeldSession } from '../session.ts';
import type { TokenCache } from '../stores.ts';
import { type EndPageDeps, endPage, type PageUnderWay, type Run } from './end-page.ts';

export interface EndUserSessionsDeps extends EndPageDeps {
  tokenCache: EndPageDeps['tokenCache'] & Pick<TokenCache, 'page'>;
  /** Sessions that are ended at the same time. */
  concurrency: number;
}

/** Sessions read, recorded and deleted at a time. Two pages are under way at most, and one is read: what bounds the memory. */
const PAGE = 25;

export interface UserSessionsToEnd
  extends Pick<
    Run,
    'revocationId' | 'deadline' | 'lastAttempt' | 'alreadyEnded' | 'earlierAttempts' | 'failures'
  > {
  userId: string;
  /** The only session to end; all where absent. */
  only?: string | undefined;
  /** Sessions that were registered later are left alone. */
  registeredUntil?: Date | undefined;
}

export interface UserSessionsEnded {
  /** Time ran out before every session was tried. */
  outOfTime: boolean;
  /** Sessions that are not held any more: ended, or finally rejected. */
  ended: number;
  /** Sessions that could not be ended and are still held. */
  left: number;
}

/**
 * Ends what is held of a user, page by page: Logout → outcomes → delete, and again from the start until nothing new is found.
 * While a page is recorded and deleted, the sessions of the next one are logged out: the portal never waits for our bookkeeping.
 *
 * A session that the portal or the cipher rejects for good is recorded as `FAILED` with the reason and not held any longer:
 * to try it again would end nothing, and would fence and deny the user each time.
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
    // Sessions may have been registered behind a pass that found any.
    if (pass === 'nothing-new') return true;
  }
}

/** One pass over all that is held. It is over when each page is recorded and deleted, also if it throws. */
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
      // It may have waited for long.
      if (last && !hasTime(run)) break;
      [last, beforeLast] = [endPage(deps, run, sessions), last];
    }
    return 'out-of-time';
  } finally {
    await over([last, beforeLast]);
  }
}

/** Whether there is time for another page: a page that begins late would be cut off in the middle. */
function hasTime({ deadline, logoutSignal }: Run): boolean {
  return hasTimeForPage(deadline) && !logoutSignal.aborted;
}

/** @throws what ended one of the pages, which is a defect, once both are over */
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
