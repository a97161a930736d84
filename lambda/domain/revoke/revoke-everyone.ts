import { type Deadline, hasTimeForPage, untilAnswer } from '../deadline.ts';
import { asDomainError } from '../errors.ts';
import { derivedId, randomId } from '../ids.ts';
import { headerOf, type RevokeEveryoneJob, revokeUserJob } from '../job.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { Clock, JobQueue } from '../ports.ts';
import { describeRevocation, type Revocation } from '../record/describe-revocation.ts';
import { NONE } from '../revocation.ts';
import type { KeyClaim, RevocationRecords, TokenCache, UserFound } from '../stores.ts';
import { type IdempotencyKey, KeyedRequest, type KeyRecords } from './idempotency.ts';

export interface RequestEveryoneDeps extends Lifetimes {
  clock: Clock;
  records: Pick<RevocationRecords, 'read' | 'putHeader'> & KeyRecords;
  tokenCache: Pick<TokenCache, 'noteBegun' | 'noteQueued' | 'noted'>;
  queue: JobQueue;
}

export interface RevokeEveryoneDeps extends Lifetimes {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'scan' | 'noteBegun' | 'noteDone'>;
  records: Pick<RevocationRecords, 'putHeader' | 'putUserShare' | 'complete'>;
  queue: JobQueue;
}

export interface EveryoneRequest {
  requestedBy: string;
  reason: string;
  /** The same key for the same request is the same revocation, for 24 hours. */
  idempotencyKey?: IdempotencyKey | undefined;
}

/**
 * The red button: records that everyone is to be signed out and leaves the rest to the queue.
 *
 * @throws DomainError `idempotency-key-reused`: nothing was done. `store-unavailable`, `queue-unavailable`: repeat; with the
 * same idempotency key it stays one revocation.
 */
export async function requestEveryone(
  deps: RequestEveryoneDeps,
  { requestedBy, reason, idempotencyKey }: EveryoneRequest,
  deadline: Deadline,
): Promise<Revocation> {
  const signal = untilAnswer(deadline);
  const now = deps.clock();
  const claim = await claimOf(deps, idempotencyKey, reason, now, signal);
  const before = await deps.records.read(claim.revocationId, signal);
  const noted = before.header && (await deps.tokenCache.noted('revoke-everyone', claim.revocationId, signal));
  // What is queued or done goes on by itself: queued again, it would begin anew.
  if (before.header && (before.header.completion || noted?.isQueued))
    return describeRevocation({ ...before, header: before.header }, now);
  const job: RevokeEveryoneJob = {
    kind: 'revoke-everyone',
    revocationId: claim.revocationId,
    source: 'http',
    requestedBy,
    reason,
    requestedAt: claim.at.toISOString(),
  };
  const header = headerOf(job, deps, 'per-user');
  // The note first: whatever is begun after it, the sweep finds.
  await deps.tokenCache.noteBegun(job, now, signal);
  const standing = await deps.records.putHeader(header, signal);
  await deps.queue.send([job], signal);
  // If that cannot be noted, a repeated request queues the job once more, which is in nobody's way.
  await deps.tokenCache.noteQueued(job, now, signal).catch(asDomainError);
  return describeRevocation({ ...before, header: standing }, now);
}

async function claimOf(
  { records }: RequestEveryoneDeps,
  idempotencyKey: IdempotencyKey | undefined,
  reason: string,
  at: Date,
  signal: AbortSignal,
): Promise<Pick<KeyClaim, 'revocationId' | 'at'>> {
  const revocationId = randomId('everyone');
  if (!idempotencyKey) return { revocationId, at };
  const keyed = new KeyedRequest(records, 'everyone', idempotencyKey, { reason }, at);
  return (await keyed.standing(signal)) ?? (await keyed.claim({ revocationId }, signal));
}

/**
 * Queues one job for each user with cached sessions. A page's users are recorded before they are queued, so that the
 * revocation of everyone is not complete before each of theirs is.
 *
 * @returns where to go on when time ran out, else undefined. `not-begun` if there was time for no page: a job that made no
 * progress must not be queued anew, or it might be for ever
 */
export async function revokeEveryone(
  deps: RevokeEveryoneDeps,
  job: RevokeEveryoneJob,
  deadline: Deadline,
): Promise<RevokeEveryoneJob | 'not-begun' | undefined> {
  const signal = untilAnswer(deadline);
  // A job is complete in itself: whoever began it may not have come to record it.
  await deps.records.putHeader(headerOf(job, deps, 'per-user'), signal);
  await deps.tokenCache.noteBegun(job, deps.clock(), signal);
  let { cursor } = job;
  let last: UserCounted | undefined;
  for (;;) {
    if (!hasTimeForPage(deadline)) {
      return cursor === job.cursor ? 'not-begun' : { ...job, ...(cursor !== undefined && { cursor }) };
    }
    const { users, next } = await deps.tokenCache.scan(cursor, signal);
    last = await queueUsers(deps, job, covered(users, new Date(job.requestedAt)), last, signal);
    if (next === undefined) break;
    cursor = next;
  }
  await deps.records.complete(job.revocationId, { at: deps.clock(), sessions: NONE }, signal);
  await deps.tokenCache.noteDone(job, signal);
  return undefined;
}

interface UserCounted {
  userId: string;
  sessions: number;
}

/** The users with sessions that were registered until then: whoever signed in later is left alone. */
function covered(users: UserFound[], requestedAt: Date): UserCounted[] {
  return users
    .map(({ userId, registeredAt }) => ({
      userId,
      sessions: registeredAt.filter((at) => at <= requestedAt).length,
    }))
    .filter(({ sessions }) => sessions > 0);
}

/**
 * @param last - of the page before: a user whose sessions go on behind it is recorded with all of them, and not queued again
 * @returns the last user of this page
 */
async function queueUsers(
  deps: RevokeEveryoneDeps,
  job: RevokeEveryoneJob,
  users: UserCounted[],
  last: UserCounted | undefined,
  signal: AbortSignal,
): Promise<UserCounted | undefined> {
  const { kind: _, cursor: __, revocationId: everyoneId, requestedAt, ...asked } = job;
  const idFor = (userId: string) => derivedId('user', 'everyone', everyoneId, userId);
  const isQueued = ({ userId }: UserCounted) => userId === last?.userId;
  const jobs = users
    .filter((user) => !isQueued(user))
    .map(({ userId }) =>
      revokeUserJob({
        ...asked,
        revocationId: idFor(userId),
        requestedAt: new Date(requestedAt),
        userId,
        cause: 'signed-out',
        everyoneId,
      }),
    );
  const counted = users.map((user) => ({
    ...user,
    sessions: user.sessions + (isQueued(user) ? (last?.sessions ?? 0) : 0),
  }));
  const shares = counted.map(({ userId, sessions }) => {
    const pending = { ...NONE, found: sessions, pending: sessions };
    return { userId, revocationId: idFor(userId), done: false, at: deps.clock(), sessions: pending };
  });
  await Promise.all(shares.map((share) => deps.records.putUserShare(everyoneId, share, signal)));
  await deps.queue.send(jobs, signal);
  return counted.at(-1) ?? last;
}
