import { ACCESS_OVER, type AccessItem, accessOf } from '../access.ts';
import { RemoveAccessJob } from '../access-job.ts';
import { isStandingWord } from '../cause.ts';
import { type Deadline, overBy, untilAnswer } from '../deadline.ts';
import { asDomainError, DomainError, throwFirst } from '../errors.ts';
import { parseAs } from '../message.ts';
import type { AccessQueue, Directory } from '../ports.ts';
import type { RevocationHeader } from '../revocation.ts';
import type { AccessRecords, RevocationRecords } from '../stores.ts';
import type { AccessWatch } from '../watch.ts';
import { type AccessOverDeps, accessIsOver } from './access-is-over.ts';
import { noteGone, type TakeAwayDeps, type TakenAway, takeAway } from './take-away.ts';

export interface RemoveAccessDeps extends TakeAwayDeps, AccessOverDeps {
  records: Pick<RevocationRecords, 'read'> & AccessRecords;
  directory: Directory;
  /** Queues the rest of a job. */
  queue: AccessQueue;
  watch: AccessWatch;
}

/**
 * - `access-removed`: nothing is left to do. The revocation says what was removed
 * - `continued`: the same job was queued again, and continues where this run stopped
 * - `not-ended`: a grant could not be removed yet, or its deletion is in progress; the message is retried
 * - `waiting`: another run is removing or restoring the same access
 */
export interface AccessRemoved {
  kind: 'access-removed' | 'continued' | 'not-ended' | 'waiting';
  revocationId: string;
  what: 'access';
}

/**
 * Takes away a removed user's own grants, when a queued message asks for it. The message is not trusted. The record must say
 * that this user was removed, and the identity store must say that the user may not sign in.
 *
 * @throws DomainError `message-malformed`: a retry cannot help. Any other: retry
 */
export async function removeAccess(
  deps: RemoveAccessDeps,
  body: string,
  deadline: Deadline,
  attempt: { lastAttempt: boolean },
): Promise<AccessRemoved> {
  const signal = untilAnswer(deadline);
  const job = parseAs(RemoveAccessJob, 'access to be removed', body);
  const { header, access } = await deps.records.read(job.revocationId, signal);
  if (!header || !isRemovalOf(header, job.userId)) {
    throw new DomainError('revocation-not-found', 'No removal of this user is recorded under this id yet.');
  }
  const answer = (kind: AccessRemoved['kind']): AccessRemoved => ({
    kind,
    revocationId: job.revocationId,
    what: 'access',
  });
  if (header.access && ACCESS_OVER.includes(header.access.status)) {
    await accessIsOver(deps, header, job.userId, signal);
    return answer('access-removed');
  }
  const at = deps.clock();
  const run = { until: overBy(deadline, at) };
  if (!(await deps.records.beginAccess(job.revocationId, { ...run, status: 'IN_PROGRESS' }, at, signal))) {
    if (!attempt.lastAttempt) return answer('waiting');
    // Queued again: otherwise a message that only waited would use up its receives and be dead-lettered.
    await deps.queue.send([job], signal);
    return answer('continued');
  }
  let items = access;
  try {
    // Read again: another run may have ended since the first read.
    items = (await deps.records.read(job.revocationId, signal)).access;
    return answer(await carryOn(deps, job, header, items, run, deadline, attempt));
  } catch (error) {
    // Otherwise the next run would wait until this one must be over, and a dead-lettered removal would stay `IN_PROGRESS` in the
    // record. Both happen if the store is unavailable. If the run has ended already, this does nothing.
    const status = attempt.lastAttempt ? 'FAILED' : 'IN_PROGRESS';
    await deps.records.endAccess(job.revocationId, run, accessOf(status, items), signal).catch(asDomainError);
    throw error;
  }
}

async function carryOn(
  deps: RemoveAccessDeps,
  job: RemoveAccessJob,
  header: RevocationHeader,
  items: AccessItem[],
  run: { until: Date },
  deadline: Deadline,
  attempt: { lastAttempt: boolean },
): Promise<AccessRemoved['kind']> {
  const signal = untilAnswer(deadline);
  if (await isBack(deps, job, header, signal)) {
    const known = await noteGone(deps, job, items, signal);
    await deps.records.endAccess(job.revocationId, run, accessOf('STOPPED', known), signal);
    return 'access-removed';
  }
  const taken = await takeAway(deps, job, items, deadline);
  return conclude(deps, job, header, run, taken, { ...attempt, signal });
}

/** Whether the record is of a removal of this user, in a stack that takes access away. */
function isRemovalOf({ subject, removedAt, access }: RevocationHeader, userId: string): boolean {
  const isTheirs = 'userId' in subject && !('sessionId' in subject) && subject.userId === userId;
  return isTheirs && removedAt !== undefined && access !== undefined;
}

/** The directory decides, unless the company's own event is less than one hour old. */
async function isBack(
  { clock, directory }: RemoveAccessDeps,
  { userId, cause }: RemoveAccessJob,
  { requestedAt }: RevocationHeader,
  signal: AbortSignal,
): Promise<boolean> {
  if (isStandingWord({ cause, askedAt: requestedAt }, clock())) return false;
  return (await directory.statusOf(userId, signal)) === 'enabled';
}

/** Records the result of the run. @returns what happens to the message */
async function conclude(
  deps: RemoveAccessDeps,
  job: RemoveAccessJob,
  header: RevocationHeader,
  run: { until: Date },
  { items, isDone, progress, failures }: TakenAway,
  { lastAttempt, signal }: { lastAttempt: boolean; signal: AbortSignal },
): Promise<AccessRemoved['kind']> {
  const { revocationId, userId } = job;
  const isLast = lastAttempt && progress === 0;
  const final = isDone || !isLast ? items : await giveUp(deps, revocationId, items, signal);
  const left = final.filter(({ state }) => state === 'LEFT').length;
  const takenAt = isDone && left === 0 ? deps.clock() : undefined;
  const status = isDone ? (left > 0 ? 'INCOMPLETE' : 'COMPLETED') : isLast ? 'FAILED' : 'IN_PROGRESS';
  const access = accessOf(status, final, takenAt);
  await deps.records.endAccess(revocationId, run, access, signal);
  if (status === 'INCOMPLETE' || status === 'FAILED') deps.watch.accessLeft({ revocationId, status, left });
  if (isDone) {
    await accessIsOver(deps, { ...header, access }, userId, signal);
    return 'access-removed';
  }
  // Only a message that made progress is queued again: otherwise it would queue itself for ever.
  if (progress > 0) {
    await deps.queue.send([job], signal);
    return 'continued';
  }
  throwFirst(failures);
  return 'not-ended';
}

/** Marks the remaining grants as failed. A redrive finds them again, because they still exist. */
async function giveUp(
  { clock, records }: RemoveAccessDeps,
  revocationId: string,
  items: AccessItem[],
  signal: AbortSignal,
): Promise<AccessItem[]> {
  const given: AccessItem[] = items.map((item) =>
    item.state === 'FOUND' ? { ...item, state: 'LEFT', why: 'failed', at: clock() } : item,
  );
  const changed = given.filter((item, index) => item !== items[index]);
  await Promise.all(changed.map((item) => records.putAccessItem(revocationId, item, signal)));
  return given;
}
