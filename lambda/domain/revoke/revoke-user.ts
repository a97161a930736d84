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
  /** Absent if the stack sends no events. */
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
 * Ends the held sessions of a user. It writes the header, the fence and the denial first. Then it goes through the sessions page
 * by page: Logout → outcomes → delete. It starts again from the first page until it finds nothing new.
 *
 * A sign-out ends the sessions that were registered by the time of the request, however late or often it is carried out. A removal
 * ends all sessions. If the user was enabled again since, it only ends those that were registered by the time of the removal.
 *
 * The fence is raised before the sessions are read. Registering writes the session before it reads the fence. So one of the two
 * always sees the other. Every step is idempotent. A session that is recorded as logged out is not logged out again. A lease lets
 * one run at a time end sessions of a user: SQS may deliver a message twice, and two runs would end the same sessions.
 *
 * @param attempt - at the last attempt, a session that cannot be ended is recorded as `FAILED`, and not as `PENDING`
 * @throws DomainError if the record or the lease could not be read or written, or bookkeeping failed, which does not stop Logouts.
 * Repeat the job
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
  // The recorded request decides: an event that is delivered again must not move the fence or the denial.
  const asked = header ? { ...job, requestedAt: header.requestedAt.toISOString() } : job;
  const lease: Lease = { holder: randomUUID(), until: overBy(deadline, deps.clock()) };
  const [begun, isTaken, announced] = await Promise.all([
    begin(deps, asked, header, signal),
    deps.tokenCache.takeLease(job.userId, lease, deps.clock(), signal).catch(asDomainError),
    // Announced beforehand: after a crash of the last attempt, no run would announce it. The record decides whether it is sent.
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
  // A session that was ALREADY_INVALID is tried again: its tokens may have been refreshed since, so that Logout works now.
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

/** Called when no session is held any more. Settles outcomes that are still recorded as not ended, and completes the header. */
async function complete(
  deps: RevokeUserDeps,
  job: RevokeUserJob,
  lastAttempt: boolean,
  signal: AbortSignal,
): Promise<UserRevoked> {
  const settled = await settleAll(deps, job, { lastAttempt }, signal);
  if (!settled) return 'not-ended';
  const completion = { at: deps.clock(), sessions: countOf(settled) };
  // At the same time, because a caller waits. If a notice arrives before the record is complete, its message is retried.
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

/** Counts an ended revocation. A crash right after the completion loses the count, and a redrive counts a failed one again. */
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

/** Writes this user's result into the revocation of everyone. Without `sessions`, it counts the recorded outcomes. */
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
