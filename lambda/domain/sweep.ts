import { type Deadline, untilBefore } from './deadline.ts';
import { DomainError } from './errors.ts';
import { derivedId } from './ids.ts';
import type { Job, RevokeUserJob } from './job.ts';
import type { Pace } from './pace.ts';
import type { Clock, Directory, JobQueue } from './ports.ts';
import type { CacheScan, ScanPage, SweepProgress } from './stores.ts';

export interface SweepDeps {
  clock: Clock;
  scan: CacheScan;
  progress: SweepProgress;
  directory: Directory;
  queue: JobQueue;
  /** Keeps the identity store's request rate. */
  pace: Pace;
}

export interface Swept {
  usersChecked: number;
  /** Users who may not sign in any more, and had sessions. */
  usersRevoked: number;
  /** Revocations that were begun long ago and not done. */
  requeued: number;
  /** Users the identity store gave no answer for; the next sweep asks again. */
  unanswered: number;
  /** Whether all of the token cache has been seen; if not, the next run goes on. */
  finished: boolean;
}

/** A job that takes longer is stuck: it has been through its continuations, or its message was lost. */
const STUCK_MILLIS = 30 * 60_000;
const ANSWER_MILLIS = 1_000;
const PAGE_MILLIS = 15_000;

/**
 * Finds what no event told of: CloudTrail's delivery is best effort. Every user with cached sessions is looked up in
 * the identity store, the disabled and the deleted are queued to be revoked, and stuck revocations are queued again.
 *
 * @throws DomainError `store-unavailable`, `queue-unavailable`; the next run goes on at the page that failed
 */
export async function sweep(deps: SweepDeps, deadline: Deadline): Promise<Swept> {
  const swept = { usersChecked: 0, usersRevoked: 0, requeued: 0, unanswered: 0, finished: false };
  const signal = untilBefore(deadline, ANSWER_MILLIS);
  let cursor = await deps.progress.read(signal);
  while (deadline.remainingMillis() > PAGE_MILLIS) {
    const page = await deps.scan.scan(cursor, signal);
    const stuck = page.begun.filter(({ at }) => deps.clock().getTime() - at.getTime() > STUCK_MILLIS);
    const requeue = stuck.map(({ job }) => job);
    swept.requeued += requeue.length;
    const revoke = await revocations(deps, page, swept, untilBefore(deadline, ANSWER_MILLIS));
    swept.usersRevoked += revoke.length;
    await deps.queue.send([...requeue, ...revoke], signal);
    cursor = page.next;
    await deps.progress.write(cursor, signal);
    if (cursor === undefined) return { ...swept, finished: true };
  }
  return swept;
}

async function revocations(
  { clock, directory, pace }: SweepDeps,
  { users, begun }: ScanPage,
  swept: Swept,
  signal: AbortSignal,
): Promise<Job[]> {
  const inProgress = new Set(begun.map(({ job }) => (job.kind === 'revoke-user' ? job.userId : '')));
  const jobs: RevokeUserJob[] = [];
  for (const { userId } of users.filter((user) => user.sessions > 0 && !inProgress.has(user.userId))) {
    await pace(signal);
    swept.usersChecked += 1;
    try {
      const status = await directory.statusOf(userId, signal);
      if (status !== 'enabled') jobs.push(jobOf(userId, status, clock()));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      swept.unanswered += 1;
    }
  }
  return jobs;
}

function jobOf(userId: string, status: 'disabled' | 'deleted', at: Date): RevokeUserJob {
  return {
    kind: 'revoke-user',
    revocationId: derivedId('sweep', userId, at.toISOString()),
    source: 'sweep',
    requestedBy: 'sweep',
    reason: `the identity store says: ${status}`,
    requestedAt: at.toISOString(),
    userId,
    deleted: status === 'deleted',
  };
}
