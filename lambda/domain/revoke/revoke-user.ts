import { randomUUID } from 'node:crypto';
import { announce } from '../announce.ts';
import { type Deadline, overBy, untilAnswer } from '../deadline.ts';
import { asDomainError, DomainError, throwFirst } from '../errors.ts';
import type { RevokeUserJob } from '../job.ts';
import type { OutgoingEventName } from '../outgoing-event.ts';
import type { NoticeQueue } from '../ports.ts';
import { countOf, type SessionCounts } from '../revocation.ts';
import type { Lease, Recorded, RevocationRecords, TokenCache } from '../stores.ts';
import type { RevocationOver } from '../watch.ts';
import { type BeginDeps, type Begun, begin } from './begin.ts';
import { type EndUserSessionsDeps, endUserSessions } from './end-user-sessions.ts';
import { settleAll } from './settle.ts';

export interface RevokeUserDeps extends EndUserSessionsDeps, Omit<BeginDeps, 'tokenCache' | 'records'> {
  tokenCache: EndUserSessionsDeps['tokenCache'] &
    BeginDeps['tokenCache'] &
    Pick<TokenCache, 'takeLease' | 'returnLease' | 'noteDone'>;
  records: BeginDeps['records'] &
    Pick<RevocationRecords, 'read' | 'byUser' | 'putOutcomes' | 'complete' | 'putUserShare'>;
  /** Absent where the stack sends no events. */
  notices?: NoticeQueue | undefined;
}

/**
 * - `completed`: no session of the user is held any more, and all are recorded
 * - `out-of-time`: the same job continues where this run stopped
 * - `not-ended`: some sessions could not be ended, or there was no time for any; retry the same job later
 * - `busy`: another run is ending sessions of this user; retry the same job
 */
export type UserRevoked = 'completed' | 'out-of-time' | 'not-ended' | 'busy';

/**
 * Ends sessions that are held of a user: header and fence, then page by page Logout → outcomes → delete, and again from the
 * start until nothing new is found. A sign-out covers what was registered until it was asked for, however late or often it is
 * carried out; a removal covers all, unless the user was let in again since.
 *
 * The fence is up before the sessions are read, and registering reads it after it has written: whichever comes first,
 * one of the two sees the other. Every step can be repeated; what is recorded as ended is not logged out again. One run at a
 * time ends sessions of a user: SQS may deliver a message twice, and two runs would end the same sessions.
 *
 * @param lastAttempt - what resists is recorded as `FAILED`, no longer as `PENDING`
 * @throws DomainError when the record could not be read, or when bookkeeping failed, by which Logout was not stopped; the
 * job is to be repeated
 */
export async function revokeUser(
  deps: RevokeUserDeps,
  job: RevokeUserJob,
  deadline: Deadline,
  attempt: { lastAttempt: boolean },
): Promise<UserRevoked> {
  const signal = untilAnswer(deadline);
  // Required: otherwise redelivering a finished job would end a newer sign-in.
  const recorded = await deps.records.read(job.revocationId, signal);
  const { header } = recorded;
  if (header?.completion) {
    await announceEnd(deps, job, header.completion.sessions, signal);
    await finish(deps, job, header.completion.sessions, signal);
    return 'completed';
  }
  // The request that stands: an event that is delivered again moves neither fence nor denial.
  const asked = header ? { ...job, requestedAt: header.requestedAt.toISOString() } : job;
  const lease: Lease = { holder: randomUUID(), until: overBy(deadline, deps.clock()) };
  const [begun, isTaken, announced] = await Promise.all([
    begin(deps, asked, header, signal),
    deps.tokenCache.takeLease(job.userId, lease, deps.clock(), signal).catch(asDomainError),
    // Beforehand: after a crash at the last attempt nobody comes back to announce it.
    attempt.lastAttempt &&
      announce(deps.notices, job.revocationId, endings('Revocation Failed', job), signal).catch(
        asDomainError,
      ),
  ]);
  if (announced instanceof DomainError) begun.failures.push(announced);
  if (isTaken instanceof DomainError) throw isTaken;
  if (!isTaken) {
    throwFirst(begun.failures);
    return 'busy';
  }
  try {
    return await endSessions(deps, asked, recorded, begun, deadline, attempt);
  } finally {
    await deps.tokenCache.returnLease(job.userId, lease, signal);
  }
}

async function endSessions(
  deps: RevokeUserDeps,
  job: RevokeUserJob,
  recorded: Recorded,
  { failures, isBack }: Begun,
  deadline: Deadline,
  { lastAttempt }: { lastAttempt: boolean },
): Promise<UserRevoked> {
  const signal = untilAnswer(deadline);
  const { outcomes } = recorded;
  // An ALREADY_INVALID is put to the test again: a refresh in between may have brought the session back within reach.
  const loggedOut = outcomes.filter(({ outcome }) => outcome === 'LOGGED_OUT');
  const { outOfTime, ended, left } = await endUserSessions(deps, {
    revocationId: job.revocationId,
    userId: job.userId,
    only: job.sessionId,
    registeredUntil: job.cause === 'signed-out' || isBack ? new Date(job.requestedAt) : undefined,
    deadline,
    lastAttempt,
    alreadyEnded: new Set(loggedOut.map(({ sessionId }) => sessionId)),
    earlierAttempts: new Map(outcomes.map(({ sessionId, attempts }) => [sessionId, attempts])),
    failures,
  });
  throwFirst(failures);
  if (outOfTime && ended > 0) return 'out-of-time';
  if (outOfTime || left > 0) {
    await share(deps, job, { done: false }, signal);
    if (lastAttempt) over(deps, job, 'FAILED');
    return 'not-ended';
  }
  return complete(deps, job, lastAttempt, signal);
}

/** Nothing is held any more: settles what is still recorded as not ended, and completes the header. */
async function complete(
  deps: RevokeUserDeps,
  job: RevokeUserJob,
  lastAttempt: boolean,
  signal: AbortSignal,
): Promise<UserRevoked> {
  const settled = await settleAll(deps, job, { lastAttempt }, signal);
  if (!settled) return 'not-ended';
  const completion = { at: deps.clock(), sessions: countOf(settled) };
  // Side by side, as a caller waits: a notice that is ahead of its record comes back.
  await Promise.all([
    deps.records.complete(job.revocationId, completion, signal),
    announceEnd(deps, job, completion.sessions, signal),
  ]);
  over(deps, job, statusOf(completion.sessions));
  await finish(deps, job, completion.sessions, signal);
  return 'completed';
}

function statusOf({ found, failed }: SessionCounts): RevocationOver['status'] {
  if (failed > 0) return 'FAILED';
  return found > 0 ? 'COMPLETED' : 'NOTHING_HELD';
}

/** Once for each revocation, but for a crash right behind the record, and but for what is redriven. */
function over({ clock, watch }: RevokeUserDeps, job: RevokeUserJob, status: RevocationOver['status']): void {
  const { revocationId, userId, source, requestedAt } = job;
  watch.over({ revocationId, userId, source, status, requestedAt: new Date(requestedAt), at: clock() });
}

/** The last steps, once no session is left to end. They are repeated after a crash. */
async function finish(
  deps: RevokeUserDeps,
  job: RevokeUserJob,
  sessions: SessionCounts,
  signal: AbortSignal,
): Promise<void> {
  await share(deps, job, { done: true, sessions }, signal);
  await deps.tokenCache.noteDone(job, signal);
}

/** Writes this user's result into the revocation of everyone; counts again if the result is not known yet. */
async function share(
  { clock, records }: RevokeUserDeps,
  { revocationId, userId, everyoneId }: RevokeUserJob,
  { done, sessions }: { done: boolean; sessions?: SessionCounts },
  signal: AbortSignal,
): Promise<void> {
  if (everyoneId === undefined) return;
  const counts = sessions ?? countOf((await records.read(revocationId, signal)).outcomes);
  await records.putUserShare(
    everyoneId,
    { userId, revocationId, done, at: clock(), sessions: counts },
    signal,
  );
}

async function announceEnd(
  { notices }: RevokeUserDeps,
  job: RevokeUserJob,
  { failed }: SessionCounts,
  signal: AbortSignal,
): Promise<void> {
  const end = failed > 0 ? 'Revocation Failed' : 'Revocation Completed';
  await announce(notices, job.revocationId, endings(end, job), signal);
}

function endings(end: OutgoingEventName, { cause }: RevokeUserJob): OutgoingEventName[] {
  return cause === 'fenced' ? ['Session Refused', end] : [end];
}
