import { type Deadline, untilAnswer } from '../deadline.ts';
import { isInForce } from '../denial.ts';
import { asDomainError, DomainError } from '../errors.ts';
import type { Pace } from '../pace.ts';
import type { Clock, Directory, ReportQueue, UserStatus } from '../ports.ts';
import type { Report } from '../report.ts';
import { isContradicted, isContradictedFence } from '../role-sessions/lift.ts';
import type { DenyList, ScanPage, SessionsPage, TokenCache } from '../stores.ts';

export interface SweepDeps {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'scan' | 'list' | 'begun' | 'readSweepCursor' | 'writeSweepCursor'>;
  /** Absent where the stack does not deny role sessions. */
  denied: Pick<DenyList, 'entries'> | undefined;
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
  /** Users who are denied or refused as removed and may sign in again. */
  usersBack: number;
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
 * cached sessions is looked up in the identity store. The sweep only reports to the workers: who is disabled or deleted, who
 * is denied or refused and enabled again, which revocations are stuck, and which sessions came in under a fence, because whoever
 * registered them did not live to read it.
 *
 * @throws DomainError `store-unavailable`, `queue-unavailable`; the next run goes on at the page that failed
 */
export async function sweep(deps: SweepDeps, deadline: Deadline): Promise<Swept> {
  const swept = {
    usersChecked: 0,
    usersGone: 0,
    usersBack: 0,
    slippedIn: 0,
    stuck: 0,
    unanswered: 0,
    unreadable: 0,
    finished: false,
  };
  const signal = untilAnswer(deadline);
  const underWay = await reportStuck(deps, swept, signal);
  const asking = { ...deps, answers: new Map() };
  // At most half of the time: the other half is for who has sessions.
  const half = deadline.remainingMillis() / 2;
  const hasTime = () => deadline.remainingMillis() > half;
  await reportBack(asking, await deniedUsers(deps, signal), swept, signal, hasTime);
  let cursor = await deps.tokenCache.readSweepCursor(signal);
  while (deadline.remainingMillis() > PAGE_MILLIS) {
    const page = await deps.tokenCache.scan(cursor, signal);
    await deps.reports.send(await gone(asking, page, underWay, swept, signal), signal);
    await reportBack(asking, fencedUsers(page, deps.clock()), swept, signal);
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

/** Users whose role sessions are denied for a removal that the directory may contradict. */
async function deniedUsers({ clock, denied }: SweepDeps, signal: AbortSignal): Promise<string[]> {
  const { entries } = (await denied?.entries(signal)) ?? { entries: [] };
  const now = clock();
  return entries
    .filter((entry) => isInForce(entry, now) && isContradicted(entry, now))
    .map(({ userId }) => userId);
}

/** Users whose fence the directory may contradict. */
function fencedUsers({ fences }: ScanPage, now: Date): string[] {
  return fences.filter((fence) => isContradictedFence(fence, now)).map(({ userId }) => userId);
}

async function reportBack(
  deps: Asking,
  userIds: string[],
  swept: Swept,
  signal: AbortSignal,
  hasTime = () => true,
): Promise<void> {
  const reports: Report[] = [];
  for (const userId of new Set(userIds)) {
    if (!hasTime()) {
      swept.unanswered += 1;
      continue;
    }
    const status = await statusOf(deps, userId, swept, signal);
    if (status === 'enabled') reports.push({ kind: 'back', userId });
  }
  swept.usersBack += reports.length;
  await deps.reports.send(reports, signal);
}

async function gone(
  deps: Asking,
  { users }: ScanPage,
  underWay: Set<string>,
  swept: Swept,
  signal: AbortSignal,
): Promise<Report[]> {
  const reports: Report[] = [];
  for (const { userId } of users.filter((user) => !underWay.has(user.userId))) {
    const status = await statusOf(deps, userId, swept, signal);
    // A user whom the identity store gives no answer for is taken to be still there.
    if (status === undefined || status === 'enabled') continue;
    reports.push({ kind: 'gone', userId, at: deps.clock().toISOString() });
  }
  swept.usersGone += reports.length;
  return reports;
}

interface Asking extends SweepDeps {
  /** What the identity store said of whom in this run; undefined where it gave no answer. */
  answers: Map<string, UserStatus | undefined>;
}

async function statusOf(
  { directory, pace, answers }: Asking,
  userId: string,
  swept: Swept,
  signal: AbortSignal,
): Promise<UserStatus | undefined> {
  if (!directory || answers.has(userId)) return answers.get(userId);
  await pace(signal);
  swept.usersChecked += 1;
  const answer = await directory.statusOf(userId, signal).catch(asDomainError);
  const status = answer instanceof DomainError ? undefined : answer;
  if (status === undefined) swept.unanswered += 1;
  answers.set(userId, status);
  return status;
}

async function slippedIn(
  deps: SweepDeps,
  { fences }: ScanPage,
  underWay: Set<string>,
  swept: Swept,
  signal: AbortSignal,
): Promise<Report[]> {
  const reports: Report[] = [];
  for (const { userId, coveredUntil } of fences.filter((fence) => !underWay.has(fence.userId))) {
    let page: SessionsPage = { limit: SESSIONS_PAGE };
    for (;;) {
      const sessions = await deps.tokenCache.list(userId, page, signal);
      const early = sessions.filter(({ registeredAt }) => registeredAt <= coveredUntil);
      reports.push(...early.map(({ sessionId }) => ({ kind: 'fenced', userId, sessionId }) as const));
      if (sessions.length < SESSIONS_PAGE) break;
      page = { limit: SESSIONS_PAGE, after: sessions.at(-1)?.sessionId };
    }
  }
  swept.slippedIn += reports.length;
  return reports;
}
