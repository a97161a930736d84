import { type Deadline, untilBefore } from './deadline.ts';
import { type EndSessionDeps, endSession } from './end-session.ts';
import { DomainError } from './errors.ts';
import type { RevokeUserJob } from './job.ts';
import { atMost } from './pace.ts';
import type {
  HeldSession,
  LogoutFailed,
  Opener,
  Sealer,
  UserRevocationRecords,
  UserSessions,
} from './ports.ts';
import { countOf, isEnded, type RevocationHeader, type SessionOutcome } from './revocation.ts';

export interface RevokeUserDeps extends EndSessionDeps {
  opener: Opener;
  sealer: Sealer;
  sessions: UserSessions;
  records: UserRevocationRecords;
  /** Sessions that are ended at the same time. */
  concurrency: number;
  maxRoleSessionSeconds: number;
}

/**
 * - `completed`: no session of the user is left here, all are recorded
 * - `out-of-time`: the same job goes on where this one stopped
 * - `not-ended`: some sessions resist, the same job may have more luck later
 */
export type UserRevoked = 'completed' | 'out-of-time' | 'not-ended';

/** Sessions read, ended, recorded and deleted at a time: what bounds the memory. */
const PAGE = 25;
/** Time that Logout leaves to the writes of its page. */
const BOOKKEEPING_MILLIS = 6_000;
const ANSWER_MILLIS = 1_000;
/** A page is not begun with less. */
const PAGE_MILLIS = 10_000;
const MINUTE = 60_000;
const DELETED_FENCE_MILLIS = 90 * 24 * 60 * MINUTE;
const FENCE_MILLIS = 5 * MINUTE;

/**
 * Ends every session that is held of a user: header and fence, then page by page Logout → outcomes → delete, and again
 * from the start until nothing new is found.
 *
 * The fence is up before the sessions are read, and registering reads it after it has written: whichever comes first,
 * one of the two sees the other. Every step can be repeated; what is recorded as ended is not logged out again.
 *
 * @param lastAttempt - what resists is recorded as `FAILED`, no longer as `PENDING`
 * @throws DomainError when bookkeeping failed; Logout was not stopped by it, and the job is to be repeated
 */
export async function revokeUser(
  deps: RevokeUserDeps,
  job: RevokeUserJob,
  deadline: Deadline,
  { lastAttempt }: { lastAttempt: boolean },
): Promise<UserRevoked> {
  const signal = untilBefore(deadline, ANSWER_MILLIS);
  const before = await deps.records.read(job.revocationId, signal).catch(asFailure);
  if (!(before instanceof DomainError) && before.header?.completion) {
    await finish(deps, job, signal);
    return 'completed';
  }
  const failures: DomainError[] = [];
  for (const begun of await begin(deps, job, signal)) if (begun instanceof DomainError) failures.push(begun);
  const ended =
    before instanceof DomainError ? [] : before.outcomes.filter(({ outcome }) => isEnded(outcome));
  const run: Run = {
    job,
    deadline,
    lastAttempt,
    alreadyEnded: new Set(ended.map(({ sessionId }) => sessionId)),
    left: new Set(),
    failures,
  };
  const outOfTime = await endAll(deps, run);
  const [failure] = failures;
  if (failure) throw failure;
  if (outOfTime) return 'out-of-time';
  if (run.left.size > 0) {
    await share(deps, job, signal, { done: false });
    return 'not-ended';
  }
  await complete(deps, job, signal);
  return 'completed';
}

/** Header, fence and the note for the sweep; also what a caller does who leaves the rest to the queue. */
export function begin(
  deps: Pick<RevokeUserDeps, 'clock' | 'sessions' | 'records' | 'maxRoleSessionSeconds'>,
  job: RevokeUserJob,
  signal: AbortSignal,
): Promise<unknown[]> {
  const now = deps.clock();
  const until = new Date(now.getTime() + (job.deleted ? DELETED_FENCE_MILLIS : FENCE_MILLIS));
  const header: RevocationHeader = {
    revocationId: job.revocationId,
    subject: { userId: job.userId },
    source: job.source,
    requestedBy: job.requestedBy,
    ...(job.reason !== undefined && { reason: job.reason }),
    requestedAt: new Date(job.requestedAt),
    maxRoleSessionSeconds: deps.maxRoleSessionSeconds,
  };
  const writes = [
    deps.records.putHeader(header, signal),
    deps.sessions.raiseFence(job.userId, until, signal),
    deps.sessions.noteBegun(job, now, signal),
  ];
  return Promise.all(writes.map((write: Promise<unknown>) => write.catch(asFailure)));
}

interface Run {
  job: RevokeUserJob;
  deadline: Deadline;
  lastAttempt: boolean;
  /** Recorded as ended by an earlier run that did not come to delete them. */
  alreadyEnded: Set<string>;
  /** Sessions that this run has seen and not got rid of. */
  left: Set<string>;
  failures: DomainError[];
}

/** @returns whether it ran out of time */
async function endAll(deps: RevokeUserDeps, run: Run): Promise<boolean> {
  const signal = untilBefore(run.deadline, ANSWER_MILLIS);
  let after: string | undefined;
  let isNew = false;
  for (;;) {
    if (run.deadline.remainingMillis() < PAGE_MILLIS) return true;
    const page = await deps.sessions.page(run.job.userId, { limit: PAGE, after }, signal);
    const sessions = page.filter(({ sessionId }) => !run.left.has(sessionId));
    isNew ||= sessions.length > 0;
    after = page.at(-1)?.sessionId;
    if (sessions.length > 0 && (await endPage(deps, run, sessions))) return true;
    if (after !== undefined) continue;
    // The end of a pass: sessions may have been registered behind it.
    if (!isNew) return false;
    isNew = false;
  }
}

/** Logout → outcomes → delete for these sessions. @returns whether it ran out of time */
async function endPage(deps: RevokeUserDeps, run: Run, sessions: HeldSession[]): Promise<boolean> {
  const logoutSignal = untilBefore(run.deadline, BOOKKEEPING_MILLIS);
  const toEnd = sessions.filter(({ sessionId }) => !run.alreadyEnded.has(sessionId));
  const outcomes = await atMost(deps.concurrency, toEnd, (session) =>
    endOne(deps, run, session, logoutSignal),
  );
  const notEnded = new Set(
    outcomes.filter(({ outcome }) => !isEnded(outcome)).map(({ sessionId }) => sessionId),
  );
  for (const sessionId of notEnded) run.left.add(sessionId);
  const signal = untilBefore(run.deadline, ANSWER_MILLIS);
  try {
    await deps.records.putOutcomes(run.job.revocationId, outcomes, signal);
    await deps.sessions.forgetAll(
      sessions.filter(({ sessionId }) => !notEnded.has(sessionId)),
      signal,
    );
  } catch (error) {
    // They are ended, so they are not to be logged out again in this run; the next one completes their record.
    run.failures.push(asFailure(error));
    for (const { sessionId } of sessions) run.left.add(sessionId);
  }
  return logoutSignal.aborted;
}

async function endOne(
  deps: RevokeUserDeps,
  run: Run,
  session: HeldSession,
  signal: AbortSignal,
): Promise<SessionOutcome> {
  const { sessionId } = session;
  const notEnded = (error: string, isFinal: boolean): SessionOutcome => ({
    sessionId,
    outcome: isFinal || run.lastAttempt ? 'FAILED' : 'PENDING',
    at: deps.clock(),
    attempts: 0,
    error,
  });
  try {
    const tokens = await deps.opener.open(session.sealed, session, signal);
    const result = await endSession(deps, { ...session, tokens }, signal);
    if (result.kind === 'ended') {
      return { sessionId, outcome: result.outcome, at: deps.clock(), attempts: result.attempts };
    }
    await keep(deps, run, session, result);
    const mayPass = result.why === 'throttled' || result.why === 'unavailable';
    return notEnded(result.failure.name, !mayPass);
  } catch (error) {
    const failure = asFailure(error);
    return notEnded(failure.code, failure.code === 'ciphertext-invalid');
  }
}

/** A refresh token that was exchanged is of no more use: without its successor the session could not be ended any more. */
async function keep(
  deps: RevokeUserDeps,
  { deadline, failures }: Run,
  session: HeldSession,
  { replacement }: LogoutFailed,
): Promise<void> {
  if (!replacement) return;
  const signal = untilBefore(deadline, ANSWER_MILLIS);
  try {
    const sealed = await deps.sealer.seal(replacement.tokens, session, signal);
    const { accessTokenExpiresAt } = replacement;
    await deps.sessions.put({ ...session, accessTokenExpiresAt, sealed }, signal);
  } catch (error) {
    failures.push(asFailure(error));
  }
}

/** What is still recorded as not ended is no longer held: another revocation ended and recorded it, or it expired. */
async function complete(deps: RevokeUserDeps, job: RevokeUserJob, signal: AbortSignal): Promise<void> {
  const at = deps.clock();
  const { outcomes } = await deps.records.read(job.revocationId, signal);
  const settled = outcomes.map(
    (each): SessionOutcome =>
      isEnded(each.outcome)
        ? each
        : { sessionId: each.sessionId, outcome: 'ALREADY_INVALID', at, attempts: each.attempts },
  );
  const changed = settled.filter((each, index) => each !== outcomes[index]);
  await deps.records.putOutcomes(job.revocationId, changed, signal);
  await deps.records.complete(job.revocationId, { at, sessions: countOf(settled) }, signal);
  await finish(deps, job, signal);
}

/** What follows a completed header, and is done again if a crash came between. */
async function finish(deps: RevokeUserDeps, job: RevokeUserJob, signal: AbortSignal): Promise<void> {
  await share(deps, job, signal, { done: true });
  await deps.sessions.noteDone(job, signal);
}

/** Passes on to the revocation of everyone what has become of this user's. */
async function share(
  { clock, records }: RevokeUserDeps,
  { revocationId, userId, everyoneId }: RevokeUserJob,
  signal: AbortSignal,
  { done }: { done: boolean },
): Promise<void> {
  if (everyoneId === undefined) return;
  const { outcomes } = await records.read(revocationId, signal);
  const sessions = countOf(outcomes);
  await records.putUserShare(everyoneId, { userId, revocationId, done, at: clock(), sessions }, signal);
}

/** Only what a store, the cipher or the like is known to fail with is a failure; a defect stays a defect. */
function asFailure(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  throw error;
}
