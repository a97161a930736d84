import { type Deadline, untilAnswer } from '../deadline.ts';
import { asDomainError } from '../errors.ts';
import type { Pace } from '../pace.ts';
import type { Clock, Directory, ReportQueue } from '../ports.ts';
import type { Report } from '../report.ts';
import type { ScanPage, SessionsPage, TokenCache } from '../stores.ts';

export interface SweepDeps {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'scan' | 'list' | 'begun' | 'readSweepCursor' | 'writeSweepCursor'>;
  /** Absent where the stack does not know its identity store: then only what is stuck or slipped in is found. */
  directory: Directory | undefined;
  reports: ReportQueue;
  /** Keeps the identity store's request rate. */
  pace: Pace;
}

export interface Swept {
  usersChecked: number;
  /** Users with sessions who may not sign in any more. */
  usersGone: number;
  /** Sessions that slipped in while their user's were being ended. */
  slippedIn: number;
  /** Revocations that were begun long ago and not done. */
  stuck: number;
  /** Users the identity store gave no answer for; the next sweep asks again. */
  unanswered: number;
  /** Revocations noted as begun that cannot be understood. */
  unreadable: number;
  /** Whether all of the token cache has been seen; if not, the next run goes on. */
  finished: boolean;
}

/** A job that takes longer is stuck: it has been through its continuations, or its message was lost. */
const STUCK_MILLIS = 30 * 60_000;
/** A page is looked up at the identity store's rate: it takes longer than others. */
const PAGE_MILLIS = 15_000;
const SESSIONS_PAGE = 100;

/**
 * Finds what no event told, because CloudTrail's delivery is best effort: docs/facts.md § Delivery of events. Every user with
 * cached sessions is looked up in the identity store. The sweep only reports to the workers: who is disabled or deleted, which
 * revocations are stuck, and which sessions came in under a fence, because whoever registered them did not live to read it.
 *
 * @throws DomainError `store-unavailable`, `queue-unavailable`; the next run goes on at the page that failed
 */
export async function sweep(deps: SweepDeps, deadline: Deadline): Promise<Swept> {
  const swept = {
    usersChecked: 0,
    usersGone: 0,
    slippedIn: 0,
    stuck: 0,
    unanswered: 0,
    unreadable: 0,
    finished: false,
  };
  const signal = untilAnswer(deadline);
  const underWay = await reportStuck(deps, swept, signal);
  let cursor = await deps.tokenCache.readSweepCursor(signal);
  while (deadline.remainingMillis() > PAGE_MILLIS) {
    const page = await deps.tokenCache.scan(cursor, signal);
    await deps.reports.send(await gone(deps, page, underWay, swept, signal), signal);
    await deps.reports.send(await slippedIn(deps, page, underWay, swept, signal), signal);
    cursor = page.next;
    await deps.tokenCache.writeSweepCursor(cursor, signal);
    if (cursor === undefined) return { ...swept, finished: true };
  }
  return swept;
}

/** @returns the users whose revocation is under way: nothing else is to be done about them */
async function reportStuck(deps: SweepDeps, swept: Swept, signal: AbortSignal): Promise<Set<string>> {
  const { jobs, unreadable } = await deps.tokenCache.begun(signal);
  swept.unreadable = unreadable;
  const stuck = jobs.filter(({ at }) => deps.clock().getTime() - at.getTime() > STUCK_MILLIS);
  swept.stuck = stuck.length;
  const reports = stuck.map(({ job }): Report => {
    const of = job.kind === 'revoke-user' ? 'user' : 'everyone';
    return { kind: 'stuck', of, revocationId: job.revocationId };
  });
  await deps.reports.send(reports, signal);
  return new Set(jobs.map(({ job }) => (job.kind === 'revoke-user' ? job.userId : '')));
}

async function gone(
  deps: SweepDeps,
  { users }: ScanPage,
  underWay: Set<string>,
  swept: Swept,
  signal: AbortSignal,
): Promise<Report[]> {
  const reports: Report[] = [];
  for (const { userId } of users.filter((user) => !underWay.has(user.userId))) {
    if (await isEnabled(deps, userId, swept, signal)) continue;
    reports.push({ kind: 'gone', userId, at: deps.clock().toISOString() });
  }
  swept.usersGone += reports.length;
  return reports;
}

/** A user whom the identity store gives no answer for is taken to be still there. */
async function isEnabled(
  { directory, pace }: SweepDeps,
  userId: string,
  swept: Swept,
  signal: AbortSignal,
): Promise<boolean> {
  if (!directory) return true;
  await pace(signal);
  swept.usersChecked += 1;
  try {
    return (await directory.statusOf(userId, signal)) === 'enabled';
  } catch (error) {
    asDomainError(error);
    swept.unanswered += 1;
    return true;
  }
}

async function slippedIn(
  deps: SweepDeps,
  { fences }: ScanPage,
  underWay: Set<string>,
  swept: Swept,
  signal: AbortSignal,
): Promise<Report[]> {
  const reports: Report[] = [];
  for (const { userId, until } of fences.filter((fence) => !underWay.has(fence.userId))) {
    let page: SessionsPage = { limit: SESSIONS_PAGE };
    for (;;) {
      const sessions = await deps.tokenCache.list(userId, page, signal);
      const early = sessions.filter(({ registeredAt }) => registeredAt < until);
      reports.push(...early.map(({ sessionId }) => ({ kind: 'fenced', userId, sessionId }) as const));
      if (sessions.length < SESSIONS_PAGE) break;
      page = { limit: SESSIONS_PAGE, after: sessions.at(-1)?.sessionId };
    }
  }
  swept.slippedIn += reports.length;
  return reports;
}
