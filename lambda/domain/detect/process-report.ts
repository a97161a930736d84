import { type Deadline, untilAnswer } from '../deadline.ts';
import { derivedId } from '../ids.ts';
import { type Job, type RevokeUserJob, revokeUserJob } from '../job.ts';
import { parseAs } from '../message.ts';
import type { Directory, JobQueue } from '../ports.ts';
import { isHalfRecorded } from '../record/half-recorded.ts';
import { Report } from '../report.ts';
import type { LiftDeps } from '../role-sessions/lift.ts';
import type { RevocationRecords, TokenCache } from '../stores.ts';
import { type LetBackIn, letBackIn } from './let-back-in.ts';

export interface ProcessReportDeps extends LiftDeps {
  tokenCache: Pick<TokenCache, 'noted' | 'list' | 'held' | 'fence'> & LiftDeps['tokenCache'];
  records: Pick<RevocationRecords, 'read'>;
  /** Undefined if the stack does not know its identity store. */
  directory: Directory | undefined;
  /** The queues for the jobs that a report leads to. */
  queues: { removals: JobQueue; bulk: JobQueue };
}

export type ReportProcessed = { kind: 'confirmed'; revocationId: string; what: Report['kind'] } | LetBackIn;

type Of<K extends Report['kind']> = Extract<Report, { kind: K }>;

/**
 * Checks what a report says. Then it queues the job that is needed, lifts the user's removals, or does nothing.
 *
 * @throws DomainError `message-malformed`: a retry cannot help. Any other: retry
 */
export async function processReport(
  deps: ProcessReportDeps,
  body: string,
  deadline: Deadline,
): Promise<ReportProcessed> {
  const report = parseAs(Report, 'reports', body);
  const signal = untilAnswer(deadline);
  if (report.kind === 'back') return back(deps, report, signal);
  const found = await lookAt(deps, report, signal);
  if (typeof found === 'string') return { kind: 'ignored', why: found };
  const queue =
    found.kind === 'revoke-everyone' || found.everyoneId ? deps.queues.bulk : deps.queues.removals;
  await queue.send([found], signal);
  return { kind: 'confirmed', revocationId: found.revocationId, what: report.kind };
}

/** @returns the job to queue, or the reason why there is none */
function lookAt(
  deps: ProcessReportDeps,
  report: Exclude<Report, Of<'back'>>,
  signal: AbortSignal,
): Promise<Job | string> {
  switch (report.kind) {
    case 'stuck':
      return stuck(deps, report, signal);
    case 'gone':
      return gone(deps, report, signal);
    case 'fenced':
      return fenced(deps, report, signal);
  }
}

async function stuck(
  deps: ProcessReportDeps,
  report: Of<'stuck'>,
  signal: AbortSignal,
): Promise<Job | string> {
  const of = report.of === 'user' ? 'revoke-user' : 'revoke-everyone';
  const noted = await deps.tokenCache.noted(of, report.revocationId, signal);
  return noted?.job ?? 'no such revocation is under way';
}

/** How many sessions of a user are read: as many as may be registered. */
const SESSIONS = 1_000;

/**
 * The directory cannot distinguish a deleted user from an id that never existed. If no session of the user was confirmed, its
 * sessions end, but nothing is denied or fenced.
 */
async function gone(
  { clock, tokenCache, directory }: ProcessReportDeps,
  { userId, at }: Of<'gone'>,
  signal: AbortSignal,
): Promise<RevokeUserJob | string> {
  if (!directory) return 'only the identity store could tell, and the stack has none';
  const [status, sessions] = await Promise.all([
    directory.statusOf(userId, signal),
    tokenCache.list(userId, { limit: SESSIONS }, signal),
  ]);
  if (status === 'enabled') return 'the user may still sign in';
  if (sessions.length === 0) return 'no session of the user is held';
  const isConfirmed = sessions.some(({ confirmed }) => confirmed);
  return revokeUserJob({
    // A redelivered report has the same time, so it continues the same revocation.
    revocationId: derivedId('user', 'sweep', userId, at),
    source: 'sweep',
    requestedBy: 'sweep',
    reason: `the identity store says: ${status}`,
    requestedAt: clock(),
    userId,
    cause: status === 'deleted' && !isConfirmed ? 'unknown-user' : status,
  });
}

async function back(
  deps: ProcessReportDeps,
  { userId }: Of<'back'>,
  signal: AbortSignal,
): Promise<ReportProcessed> {
  const { directory } = deps;
  if (!directory)
    return { kind: 'ignored', why: 'only the identity store could tell, and the stack has none' };
  const askedUntil = deps.clock();
  const status = await directory.statusOf(userId, signal);
  if (status !== 'enabled') return { kind: 'ignored', why: 'the user may not sign in' };
  const by = 'sweep: the identity store says that the user may sign in';
  return letBackIn(deps, { userId, by, what: { kind: 'contradicted', askedUntil } }, signal);
}

/** A session must end if it was registered under a fence, or if its user may not sign in. */
async function fenced(
  deps: ProcessReportDeps,
  { userId, sessionId }: Of<'fenced'>,
  signal: AbortSignal,
): Promise<RevokeUserJob | string> {
  const [session, fence, status] = await Promise.all([
    deps.tokenCache.held({ userId, sessionId }, signal),
    deps.tokenCache.fence(userId, signal),
    deps.directory?.statusOf(userId, signal),
  ]);
  if (session) {
    const slippedIn = fence !== undefined && session.registeredAt < fence.until;
    if (!slippedIn && (status ?? 'enabled') === 'enabled')
      return 'no fence stood when the session was registered';
  } else if (!(await isHalfRecorded(deps.records, sessionId, signal)))
    return 'the session is not held any more';
  return revokeUserJob({
    // The id of the session's own revocation: the registering function may have recorded a part of it.
    revocationId: sessionId,
    source: 'sweep',
    requestedBy: 'fence',
    reason: 'signed in while being revoked',
    requestedAt: deps.clock(),
    userId,
    cause: 'fenced',
    sessionId,
  });
}
