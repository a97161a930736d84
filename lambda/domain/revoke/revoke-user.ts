import { type Deadline, untilAnswer } from '../deadline.ts';
import { asDomainError, DomainError } from '../errors.ts';
import { headerOf, type RevokeUserJob } from '../job.ts';
import { countOf, isEnded, isRemoval, type SessionCounts, type SessionOutcome } from '../revocation.ts';
import { type Denying, deny } from '../role-sessions/deny-list.ts';
import type { RevocationRecords, TokenCache } from '../stores.ts';
import { type EndUserSessionsDeps, endUserSessions } from './end-user-sessions.ts';

export interface RevokeUserDeps extends EndUserSessionsDeps {
  tokenCache: EndUserSessionsDeps['tokenCache'] & Pick<TokenCache, 'raiseFence' | 'noteBegun' | 'noteDone'>;
  records: Pick<RevocationRecords, 'read' | 'putHeader' | 'putOutcomes' | 'complete' | 'putUserShare'>;
  maxRoleSessionSeconds: number;
  /** Absent where the stack does not deny role sessions. */
  denying: Denying | undefined;
}

/**
 * - `completed`: no session of the user is left here, all are recorded
 * - `out-of-time`: the same job goes on where this one stopped
 * - `not-ended`: some sessions resist, or there was time for none; the same job may have more luck later
 */
export type UserRevoked = 'completed' | 'out-of-time' | 'not-ended';

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
 * @throws DomainError when the record could not be read, or when bookkeeping failed, by which Logout was not stopped; the
 * job is to be repeated
 */
export async function revokeUser(
  deps: RevokeUserDeps,
  job: RevokeUserJob,
  deadline: Deadline,
  { lastAttempt }: { lastAttempt: boolean },
): Promise<UserRevoked> {
  const signal = untilAnswer(deadline);
  // Required: otherwise redelivering a finished job would end a newer sign-in.
  const { header, outcomes: recorded } = await deps.records.read(job.revocationId, signal);
  if (header?.completion) {
    await finish(deps, job, header.completion.sessions, signal);
    return 'completed';
  }
  const failures = (await begin(deps, job, signal)).filter((begun) => begun instanceof DomainError);
  // An ALREADY_INVALID is put to the test again: a refresh in between may have brought the session back within reach.
  const loggedOut = recorded.filter(({ outcome }) => outcome === 'LOGGED_OUT');
  const { outOfTime, ended, left } = await endUserSessions(deps, {
    revocationId: job.revocationId,
    userId: job.userId,
    deadline,
    lastAttempt,
    alreadyEnded: new Set(loggedOut.map(({ sessionId }) => sessionId)),
    earlierAttempts: new Map(recorded.map(({ sessionId, attempts }) => [sessionId, attempts])),
    failures,
  });
  const [failure] = failures;
  if (failure) throw failure;
  if (outOfTime && ended > 0) return 'out-of-time';
  if (outOfTime || left > 0) {
    await share(deps, job, { done: false }, signal);
    return 'not-ended';
  }
  await complete(deps, job, signal);
  return 'completed';
}

/** Writes header, fence, denial and the note for the sweep. A caller that leaves the rest to the queue does this first. */
export function begin(
  deps: Pick<RevokeUserDeps, 'clock' | 'tokenCache' | 'records' | 'maxRoleSessionSeconds' | 'denying'>,
  job: RevokeUserJob,
  signal: AbortSignal,
): Promise<unknown[]> {
  const now = deps.clock();
  const until = new Date(now.getTime() + (job.cause === 'deleted' ? DELETED_FENCE_MILLIS : FENCE_MILLIS));
  const writes = [
    deps.records.putHeader(
      headerOf(job, deps.maxRoleSessionSeconds, deps.denying ? 'asked' : 'switched-off'),
      signal,
    ),
    deps.tokenCache.raiseFence(job.userId, until, signal),
    deps.tokenCache.noteBegun(job, now, signal),
    // At once: the sessions may resist for long.
    denyFrom(deps, job, now, signal),
  ];
  return Promise.all(writes.map((write: Promise<unknown>) => write.catch(asDomainError)));
}

/** @param from - until when role sessions may have been issued */
async function denyFrom(
  { denying, maxRoleSessionSeconds }: Pick<RevokeUserDeps, 'denying' | 'maxRoleSessionSeconds'>,
  { userId, revocationId, cause }: RevokeUserJob,
  from: Date,
  signal: AbortSignal,
): Promise<void> {
  const removed = isRemoval(cause);
  if (denying) await deny(denying, { userId, revocationId, from, removed }, maxRoleSessionSeconds, signal);
}

/**
 * Nothing is held any more. What is still recorded as not ended was ended and recorded by another revocation, if it went
 * before its time; what expired was never ended, so it stays failed, and the revocation with it.
 */
async function complete(deps: RevokeUserDeps, job: RevokeUserJob, signal: AbortSignal): Promise<void> {
  const at = deps.clock();
  const { outcomes } = await deps.records.read(job.revocationId, signal);
  const settled = outcomes.map((each) => settle(each, at));
  const changed = settled.filter((each, index) => each !== outcomes[index]);
  await deps.records.putOutcomes(job.revocationId, changed, signal);
  const sessions = countOf(settled);
  // Until the last Logout more role sessions may have been issued. Before the completion, after which nothing is repeated.
  await denyFrom(deps, job, at, signal);
  if (settled.every(({ outcome }) => isEnded(outcome))) {
    await deps.records.complete(job.revocationId, { at, sessions }, signal);
  }
  await finish(deps, job, sessions, signal);
}

function settle(recorded: SessionOutcome, at: Date): SessionOutcome {
  if (isEnded(recorded.outcome)) return recorded;
  const { sessionId, attempts, heldUntil } = recorded;
  if (heldUntil && at < heldUntil) return { sessionId, outcome: 'ALREADY_INVALID', at, attempts };
  return { ...recorded, outcome: 'FAILED', at, error: 'NoLongerHeld' };
}

/** What follows when nothing is left to do, and is done again if a crash came between. */
async function finish(
  deps: RevokeUserDeps,
  job: RevokeUserJob,
  sessions: SessionCounts,
  signal: AbortSignal,
): Promise<void> {
  await share(deps, job, { done: true, sessions }, signal);
  await deps.tokenCache.noteDone(job, signal);
}

/** Passes on to the revocation of everyone what has become of this user's; counted anew where that is not known yet. */
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
