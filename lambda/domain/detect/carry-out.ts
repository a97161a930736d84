import { isRemoval, isStandingWord, isYoung } from '../cause.ts';
import { type Deadline, untilAnswer } from '../deadline.ts';
import { DomainError } from '../errors.ts';
import type { RevokeUserJob } from '../job.ts';
import type { Clock, Directory, JobQueue } from '../ports.ts';
import { type RevokeUserDeps, revokeUser } from '../revoke/revoke-user.ts';

export interface CarryOutDeps extends RevokeUserDeps {
  /** Absent where the stack does not know its identity store. */
  directory: Directory | undefined;
  /** Where the message came from: what is left of a job goes there again. */
  queue: JobQueue;
}

/** `waiting`: another run ends sessions of the same user; the message is to come back. */
export interface CarriedOut {
  kind: 'revoked' | 'continued' | 'not-ended' | 'waiting';
  revocationId: string;
  what: string;
}

/**
 * Does a job for one user, a removal as the directory has it now.
 *
 * @throws DomainError as `revokeUser` does; `directory-unavailable` for a removal that is not young any more
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
  // A message that only had to wait is not given up: it has a new life.
  if (result === 'out-of-time' || (result === 'busy' && attempt.lastAttempt)) {
    await deps.queue.send([job], untilAnswer(deadline));
    return { kind: 'continued', revocationId, what };
  }
  const kinds = { completed: 'revoked', 'not-ended': 'not-ended', busy: 'waiting' } as const;
  return { kind: kinds[result], revocationId, what };
}

/**
 * The directory has the last word: events come late, and messages may be redriven when the user is back. Who is back is signed
 * out of what was registered until the removal was told, and may sign in. Only the company's own word stands against the
 * directory while it is young. While a removal is young, a directory that does not answer stops nothing; later it does.
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
