import { isRemoval, isStandingWord, isYoung } from '../cause.ts';
import { type Deadline, untilAnswer } from '../deadline.ts';
import { DomainError } from '../errors.ts';
import type { RevokeUserJob } from '../job.ts';
import type { Clock, Directory, JobQueue } from '../ports.ts';
import { type RevokeUserDeps, revokeUser } from '../revoke/revoke-user.ts';

export interface CarryOutDeps extends RevokeUserDeps {
  /** Undefined if the stack does not know its identity store. */
  directory: Directory | undefined;
  /** The queue that the message came from. A job that is not finished is sent there again. */
  queue: JobQueue;
}

/** `not-ended` and `waiting` are retried. `waiting`: another run is ending sessions of the same user. */
export interface CarriedOut {
  kind: 'revoked' | 'continued' | 'not-ended' | 'waiting';
  revocationId: string;
  what: string;
}

/**
 * Carries out a job for one user. A removal is checked against the directory first.
 *
 * @throws DomainError as `revokeUser` does; `directory-unavailable` for a removal that is more than one hour old
 */
export async function carryOut(
  deps: CarryOutDeps,
  job: RevokeUserJob,
  what: string,
  deadline: Deadline,
  attempt: { lastAttempt: boolean },
): Promise<CarriedOut> {
  const { revocationId } = job;
  const cause = await causeNow(deps, job, untilAnswer(deadline));
  const result = await revokeUser(deps, { ...job, cause }, deadline, attempt);
  // Queued again: otherwise a message that only waited would use up its receives and be dead-lettered.
  if (result === 'out-of-time' || (result === 'busy' && attempt.lastAttempt)) {
    await deps.queue.send([job], untilAnswer(deadline));
    return { kind: 'continued', revocationId, what };
  }
  const kinds = { completed: 'revoked', 'not-ended': 'not-ended', busy: 'waiting' } as const;
  return { kind: kinds[result], revocationId, what };
}

/**
 * The directory decides, because an event may be late, and a message may be redriven after the user was enabled again. Such a
 * user only loses the sessions that were registered until the removal, and may sign in again. Only the company's own removal
 * overrides the directory, for one hour. If the directory does not answer, a removal of the last hour is carried out. An older
 * one is retried.
 */
async function causeNow(
  { clock, directory }: { clock: Clock; directory: Directory | undefined },
  { userId, cause, requestedAt }: RevokeUserJob,
  signal: AbortSignal,
): Promise<RevokeUserJob['cause']> {
  const askedAt = new Date(requestedAt);
  const now = clock();
  if (!directory || !isRemoval(cause) || isStandingWord({ cause, askedAt }, now)) return cause;
  try {
    const status = await directory.statusOf(userId, signal, askedAt);
    return status === 'enabled' ? 'signed-out' : status;
  } catch (error) {
    if (isYoung(askedAt, now) && error instanceof DomainError) return cause;
    throw error;
  }
}
