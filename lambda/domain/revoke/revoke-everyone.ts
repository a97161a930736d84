import { type Deadline, hasTimeForPage, untilAnswer } from '../deadline.ts';
import { derivedId, randomId } from '../ids.ts';
import { headerOf, type RevokeEveryoneJob, revokeUserJob } from '../job.ts';
import type { Clock, JobQueue } from '../ports.ts';
import { describeRevocation, type Revocation } from '../record/describe-revocation.ts';
import { NONE } from '../revocation.ts';
import type { RevocationRecords, TokenCache, UserFound } from '../stores.ts';

export interface RequestEveryoneDeps {
  clock: Clock;
  records: Pick<RevocationRecords, 'putHeader'>;
  tokenCache: Pick<TokenCache, 'noteBegun'>;
  queue: JobQueue;
  maxRoleSessionSeconds: number;
}

export interface RevokeEveryoneDeps {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'scan' | 'noteBegun' | 'noteDone'>;
  records: Pick<RevocationRecords, 'putHeader' | 'putUserShare' | 'complete'>;
  queue: JobQueue;
  maxRoleSessionSeconds: number;
}

/**
 * The red button: records that everyone is to be signed out and leaves the rest to the queue.
 *
 * @throws DomainError `store-unavailable`, `queue-unavailable`: repeat
 */
export async function requestEveryone(
  deps: RequestEveryoneDeps,
  { requestedBy, reason }: { requestedBy: string; reason: string },
  deadline: Deadline,
): Promise<Revocation> {
  const signal = untilAnswer(deadline);
  const now = deps.clock();
  const job: RevokeEveryoneJob = {
    kind: 'revoke-everyone',
    revocationId: randomId('everyone'),
    source: 'http',
    requestedBy,
    reason,
    requestedAt: now.toISOString(),
  };
  const header = headerOf(job, deps.maxRoleSessionSeconds, 'per-user');
  // The note first: whatever is begun after it, the sweep finds.
  await deps.tokenCache.noteBegun(job, now, signal);
  await deps.records.putHeader(header, signal);
  await deps.queue.send([job], signal);
  return describeRevocation({ header, outcomes: [], users: [] }, now);
}

/**
 * Queues one job for each user with cached sessions. A page's users are recorded before they are queued, so that the
 * revocation of everyone is not complete before each of theirs is.
 *
 * @returns where to go on when time ran out, else undefined
 */
export async function revokeEveryone(
  deps: RevokeEveryoneDeps,
  job: RevokeEveryoneJob,
  deadline: Deadline,
): Promise<RevokeEveryoneJob | undefined> {
  const signal = untilAnswer(deadline);
  // A job is complete in itself: whoever began it may not have come to record it.
  await deps.records.putHeader(headerOf(job, deps.maxRoleSessionSeconds, 'per-user'), signal);
  await deps.tokenCache.noteBegun(job, deps.clock(), signal);
  let { cursor } = job;
  for (;;) {
    if (!hasTimeForPage(deadline)) return { ...job, ...(cursor !== undefined && { cursor }) };
    const { users, next } = await deps.tokenCache.scan(cursor, signal);
    await queueUsers(deps, job, users, signal);
    if (next === undefined) break;
    cursor = next;
  }
  await deps.records.complete(job.revocationId, { at: deps.clock(), sessions: NONE }, signal);
  await deps.tokenCache.noteDone(job, signal);
  return undefined;
}

async function queueUsers(
  deps: RevokeEveryoneDeps,
  job: RevokeEveryoneJob,
  users: UserFound[],
  signal: AbortSignal,
): Promise<void> {
  const { kind: _, cursor: __, revocationId: everyoneId, requestedAt, ...asked } = job;
  const idFor = (userId: string) => derivedId('user', 'everyone', everyoneId, userId);
  const jobs = users.map(({ userId }) =>
    revokeUserJob({
      ...asked,
      revocationId: idFor(userId),
      requestedAt: new Date(requestedAt),
      userId,
      cause: 'signed-out',
      everyoneId,
    }),
  );
  const shares = users.map(({ userId, sessions }) => {
    const pending = { ...NONE, found: sessions, pending: sessions };
    return { userId, revocationId: idFor(userId), done: false, at: deps.clock(), sessions: pending };
  });
  await Promise.all(shares.map((share) => deps.records.putUserShare(everyoneId, share, signal)));
  await deps.queue.send(jobs, signal);
}
