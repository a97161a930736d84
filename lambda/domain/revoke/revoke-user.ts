import { type Deadline, untilAnswer } from '../deadline.ts';
import type { DenialAsked } from '../denial.ts';
import { asDomainError, DomainError } from '../errors.ts';
import { headerOf, type RevokeUserJob } from '../job.ts';
import { countOf, EFFECTS, type SessionCounts } from '../revocation.ts';
import { type Denying, deny, type Lifetimes } from '../role-sessions/deny-list.ts';
import type { RevocationRecords, TokenCache } from '../stores.ts';
import { type EndUserSessionsDeps, endUserSessions } from './end-user-sessions.ts';
import { settleAll } from './settle.ts';

export interface RevokeUserDeps extends EndUserSessionsDeps, Lifetimes {
  tokenCache: EndUserSessionsDeps['tokenCache'] & Pick<TokenCache, 'raiseFence' | 'noteBegun' | 'noteDone'>;
  records: Pick<
    RevocationRecords,
    'read' | 'byUser' | 'putHeader' | 'putOutcomes' | 'complete' | 'putUserShare'
  >;
  /** Absent where the stack does not deny role sessions. */
  denying: Denying | undefined;
}

/**
 * - `completed`: no session of the user is left here, all are recorded
 * - `out-of-time`: the same job goes on where this one stopped
 * - `not-ended`: some sessions resist, or there was time for none; the same job may have more luck later
 */
export type UserRevoked = 'completed' | 'out-of-time' | 'not-ended';

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
  // The request that stands: an event that is delivered again moves neither fence nor denial.
  const asked = header ? { ...job, requestedAt: header.requestedAt.toISOString() } : job;
  const failures = (await begin(deps, asked, signal)).filter((begun) => begun instanceof DomainError);
  // An ALREADY_INVALID is put to the test again: a refresh in between may have brought the session back within reach.
  const loggedOut = recorded.filter(({ outcome }) => outcome === 'LOGGED_OUT');
  const { outOfTime, ended, left } = await endUserSessions(deps, {
    revocationId: job.revocationId,
    userId: job.userId,
    only: job.sessionId,
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
  await deps.records.complete(job.revocationId, completion, signal);
  await finish(deps, job, completion.sessions, signal);
  return 'completed';
}

export type BeginDeps = Pick<
  RevokeUserDeps,
  'clock' | 'tokenCache' | 'records' | 'denying' | 'portalSessionSeconds' | 'maxRoleSessionSeconds'
>;

/**
 * Writes header, fence, denial and the note for the sweep. A caller that leaves the rest to the queue does this first. Fence
 * and denial are reckoned from the request, so that a repetition moves neither.
 */
export function begin(deps: BeginDeps, job: RevokeUserJob, signal: AbortSignal): Promise<unknown[]> {
  const { userId, cause } = job;
  const requestedAt = new Date(job.requestedAt);
  const until = new Date(requestedAt.getTime() + EFFECTS[cause].fenceMillis);
  const writes: (Promise<unknown> | false | undefined)[] = [
    deps.records.putHeader(headerOf(job, deps.maxRoleSessionSeconds, denialOf(deps, job)), signal),
    until > requestedAt && deps.tokenCache.raiseFence(userId, { until, askedAt: requestedAt }, signal),
    deps.tokenCache.noteBegun(job, deps.clock(), signal),
    // At once: the sessions may resist for long.
    deps.denying && deny(deps.denying, { ...job, requestedAt }, deps, signal),
  ];
  return Promise.all(writes.map(async (write) => (write || undefined)?.catch(asDomainError)));
}

function denialOf({ denying }: BeginDeps, { cause }: RevokeUserJob): DenialAsked {
  if (cause === 'unknown-user') return 'user-unknown';
  if (cause === 'fenced') return 'per-user';
  return denying ? 'asked' : 'switched-off';
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
