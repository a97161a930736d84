import { type Deadline, hasTimeForPage, untilAnswer } from '../deadline.ts';
import { isInForce } from '../denial.ts';
import { atMost } from '../pace.ts';
import type { Clock, ReportQueue, UserStatus } from '../ports.ts';
import type { Report } from '../report.ts';
import { isContradicted, isContradictedFence } from '../role-sessions/lift.ts';
import type { DenyList, FenceOf, SessionsPage, TokenCache } from '../stores.ts';
import { type SurveyDeps, type Surveyed, type SurveyedDirectory, survey } from './survey.ts';

export interface SweepDeps {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'holders' | 'fencesOf' | 'list' | 'begun'>;
  /** Undefined if the stack does not deny role sessions. */
  denied: Pick<DenyList, 'entries'> | undefined;
  /** Undefined if the stack does not know its identity store. Then the sweep checks no users. */
  directory: SurveyedDirectory | undefined;
  reports: ReportQueue;
  pace: SurveyDeps['pace'];
}

export interface Swept extends Surveyed {
  /** Sessions that are held. */
  sessionsHeld: number;
  /** Users whose status was to be checked in the identity store. */
  usersChecked: number;
  /** Users with sessions who may not sign in any more. */
  usersGone: number;
  /** Users who were removed, and may sign in again. */
  usersBack: number;
  /** Sessions that were registered under a fence and are still held. */
  slippedIn: number;
  /** Revocations that are not done, and whose last run began more than 30 minutes ago. */
  stuck: number;
  /** Notes of begun revocations that cannot be parsed. */
  unreadable: number;
}

/** If the last run of a job began longer ago, the job counts as stuck: its message may be dead-lettered or lost. */
const STUCK_MILLIS = 30 * 60_000;
const SESSIONS_PAGE = 100;
const USERS_AT_ONCE = 10;
/** The maximum for one call to the queue. Reports are sent early, so that a run that crashes loses few of them. */
const REPORTS_AT_ONCE = 10;

/**
 * Finds what no event reported, because CloudTrail's delivery is best effort: docs/facts.md § Delivery of events. The sweep
 * only reports to the workers. One run checks everything:
 *
 * - revocations that are stuck
 * - sessions registered under a fence, if the registering function crashed before it read the fence
 * - users with a session who are disabled or deleted
 * - users who are denied or refused, and enabled again
 *
 * @throws DomainError `store-unavailable`, `queue-unavailable`; the next run starts again from the beginning
 */
export async function sweep(deps: SweepDeps, deadline: Deadline): Promise<Swept> {
  const signal = untilAnswer(deadline);
  const { underWay, ...stuck } = await reportStuck(deps, signal);
  const { sessions, holding, fenced } = await deps.tokenCache.holders(signal);
  const fences = await deps.tokenCache.fencesOf([...fenced], signal);
  const covered = fences.filter(({ userId }) => holding.has(userId) && !underWay.has(userId));
  const slipped = await reportSlippedIn(deps, covered, deadline, signal);
  const toConfirm = new Set([...holding].filter((userId) => !underWay.has(userId)));
  const swept = await reportUsers(deps, { toConfirm, fences }, deadline, signal);
  return {
    sessionsHeld: sessions,
    ...stuck,
    ...swept,
    ...slipped,
    finished: swept.finished && slipped.finished,
  };
}

/** @returns also the users whose revocation is in progress, because the sweep does not report them for anything else */
async function reportStuck(
  deps: SweepDeps,
  signal: AbortSignal,
): Promise<Pick<Swept, 'stuck' | 'unreadable'> & { underWay: Set<string> }> {
  const { jobs, unreadable } = await deps.tokenCache.begun(signal);
  const stuck = jobs.filter(({ at }) => deps.clock().getTime() - at.getTime() > STUCK_MILLIS);
  const reports = stuck.map(({ job }): Report => {
    const of = job.kind === 'revoke-user' ? 'user' : 'everyone';
    return { kind: 'stuck', of, revocationId: job.revocationId };
  });
  await deps.reports.send(reports, signal);
  const userIds = jobs.flatMap(({ job }) => (job.kind === 'revoke-user' ? [job.userId] : []));
  return { stuck: stuck.length, unreadable, underWay: new Set(userIds) };
}

/** @param fences - of users with sessions */
async function reportSlippedIn(
  deps: SweepDeps,
  fences: FenceOf[],
  deadline: Deadline,
  signal: AbortSignal,
): Promise<Pick<Swept, 'slippedIn' | 'finished'>> {
  const slipped = { slippedIn: 0, finished: true };
  await atMost(USERS_AT_ONCE, fences, async (fence) => {
    if (!hasTimeForPage(deadline)) slipped.finished = false;
    if (!slipped.finished) return;
    const reports = await sessionsUnder(deps, fence, signal);
    await deps.reports.send(reports, signal);
    slipped.slippedIn += reports.length;
  });
  return slipped;
}

async function sessionsUnder(
  { tokenCache }: SweepDeps,
  { userId, coveredUntil }: FenceOf,
  signal: AbortSignal,
): Promise<Report[]> {
  const reports: Report[] = [];
  let page: SessionsPage = { limit: SESSIONS_PAGE };
  for (;;) {
    const sessions = await tokenCache.list(userId, page, signal);
    const early = sessions.filter(({ registeredAt }) => registeredAt <= coveredUntil);
    reports.push(...early.map(({ sessionId }) => ({ kind: 'fenced', userId, sessionId }) as const));
    if (sessions.length < SESSIONS_PAGE) return reports;
    page = { limit: SESSIONS_PAGE, after: sessions.at(-1)?.sessionId };
  }
}

type UsersSwept = Surveyed & Pick<Swept, 'usersChecked' | 'usersGone' | 'usersBack'>;

/** @param found - `toConfirm`: users with sessions, who may be gone; `fences`: all fences that were not lowered */
async function reportUsers(
  deps: SweepDeps,
  { toConfirm, fences }: { toConfirm: Set<string>; fences: FenceOf[] },
  deadline: Deadline,
  signal: AbortSignal,
): Promise<UsersSwept> {
  const { directory, pace, clock } = deps;
  const counts = { usersChecked: 0, usersGone: 0, usersBack: 0 };
  if (!directory) {
    return { ...counts, pagesListed: 0, usersAsked: 0, unanswered: 0, listingsFailed: 0, finished: true };
  }
  const mayBeBack = new Set([...(await deniedUsers(deps, signal)), ...contradictedUsers(fences, clock())]);
  const reports: Report[] = [];
  const send = () => deps.reports.send(reports.splice(0), signal);
  const tell = async (userId: string, status: UserStatus) => {
    if (status !== 'enabled' && toConfirm.has(userId)) {
      counts.usersGone += 1;
      reports.push({ kind: 'gone', userId, at: clock().toISOString() });
    } else if (status === 'enabled' && mayBeBack.has(userId)) {
      counts.usersBack += 1;
      reports.push({ kind: 'back', userId });
    }
    if (reports.length >= REPORTS_AT_ONCE) await send();
  };
  const surveyed = await survey({ directory, pace }, { toConfirm, others: mayBeBack }, tell, deadline);
  await send();
  return { ...counts, ...surveyed, usersChecked: new Set([...toConfirm, ...mayBeBack]).size };
}

/** Users with a denial that is lifted if the directory says that they may sign in. */
async function deniedUsers({ clock, denied }: SweepDeps, signal: AbortSignal): Promise<string[]> {
  const { entries } = (await denied?.entries(signal)) ?? { entries: [] };
  const now = clock();
  return entries
    .filter((entry) => isInForce(entry, now) && isContradicted(entry, now))
    .map(({ userId }) => userId);
}

/** Users with a fence that is lowered if the directory says that they may sign in. */
function contradictedUsers(fences: FenceOf[], now: Date): string[] {
  return fences.filter((fence) => isContradictedFence(fence, now)).map(({ userId }) => userId);
}
