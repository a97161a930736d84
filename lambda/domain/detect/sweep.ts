import { type Deadline, untilAnswer } from '../deadline.ts';
import { asDomainError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import { type Job, type RevokeUserJob, revokeUserJob } from '../job.ts';
import type { Pace } from '../pace.ts';
import type { Clock, Directory, JobQueue } from '../ports.ts';
import type { ScanPage, TokenCache } from '../stores.ts';

export interface SweepDeps {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'scan' | 'readSweepCursor' | 'writeSweepCursor'>;
  /** Absent where the stack does not know its identity store: then only what is stuck or slipped in is found. */
  directory: Directory | undefined;
  queue: JobQueue;
  /** Keeps the identity store's request rate. */
  pace: Pace;
}

export interface Swept {
  usersChecked: number;
  /** Users with sessions who may not sign in any more, or with sessions that slipped in while theirs were being ended. */
  usersRevoked: number;
  /** Revocations that were begun long ago and not done. */
  requeued: number;
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

/**
 * Finds what no event told, because CloudTrail's delivery is best effort: docs/facts.md § Delivery of events. Every user with cached sessions is looked up in
 * the identity store, the disabled and the deleted are queued to be revoked, and stuck revocations are queued again. So
 * are users with a session from the time of their fence: whoever registered it did not come to read the fence.
 *
 * @throws DomainError `store-unavailable`, `queue-unavailable`; the next run goes on at the page that failed
 */
export async function sweep(deps: SweepDeps, deadline: Deadline): Promise<Swept> {
  const swept = {
    usersChecked: 0,
    usersRevoked: 0,
    requeued: 0,
    unanswered: 0,
    unreadable: 0,
    finished: false,
  };
  const signal = untilAnswer(deadline);
  const fences = new Map<string, Date>();
  let cursor = await deps.tokenCache.readSweepCursor(signal);
  while (deadline.remainingMillis() > PAGE_MILLIS) {
    const page = await deps.tokenCache.scan(cursor, signal);
    for (const { userId, until } of page.fences) fences.set(userId, until);
    const stuck = page.begun.filter(({ at }) => deps.clock().getTime() - at.getTime() > STUCK_MILLIS);
    const requeue = stuck.map(({ job }) => job);
    swept.requeued += requeue.length;
    swept.unreadable += page.unreadable;
    const revoke = await revocations(deps, page, fences, swept, signal);
    swept.usersRevoked += revoke.length;
    await deps.queue.send([...requeue, ...revoke], signal);
    cursor = page.next;
    await deps.tokenCache.writeSweepCursor(cursor, signal);
    if (cursor === undefined) return { ...swept, finished: true };
  }
  return swept;
}

async function revocations(
  deps: SweepDeps,
  { users, begun }: ScanPage,
  fences: Map<string, Date>,
  swept: Swept,
  signal: AbortSignal,
): Promise<Job[]> {
  const inProgress = new Set(begun.map(({ job }) => (job.kind === 'revoke-user' ? job.userId : '')));
  const jobs: RevokeUserJob[] = [];
  for (const { userId, since } of users.filter((user) => !inProgress.has(user.userId))) {
    const why =
      since < (fences.get(userId) ?? since) ? 'slipped-in' : await statusOf(deps, userId, swept, signal);
    if (why !== 'enabled') jobs.push(jobOf(userId, why, deps.clock()));
  }
  return jobs;
}

/** Who is not known to have left is taken to be still there. */
async function statusOf({ directory, pace }: SweepDeps, userId: string, swept: Swept, signal: AbortSignal) {
  if (!directory) return 'enabled';
  await pace(signal);
  swept.usersChecked += 1;
  try {
    return await directory.statusOf(userId, signal);
  } catch (error) {
    asDomainError(error);
    swept.unanswered += 1;
    return 'enabled';
  }
}

const REASONS = {
  disabled: 'the identity store says: disabled',
  deleted: 'the identity store says: deleted',
  'slipped-in': 'signed in while being revoked',
};

function jobOf(userId: string, why: keyof typeof REASONS, at: Date): RevokeUserJob {
  return revokeUserJob({
    revocationId: derivedId('sweep', userId, at.toISOString()),
    source: 'sweep',
    requestedBy: 'sweep',
    reason: REASONS[why],
    requestedAt: at,
    userId,
    cause: why === 'slipped-in' ? 'signed-out' : why,
  });
}
