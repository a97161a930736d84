import { ACCESS_PENDING } from '../access.ts';
import { removeAccessJob } from '../access-job.ts';
import { EFFECTS, isRemoval } from '../cause.ts';
import type { DenialAsked } from '../denial.ts';
import { asDomainError, DomainError } from '../errors.ts';
import { headerOf, type RevokeUserJob } from '../job.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { AccessQueue, Clock } from '../ports.ts';
import type { RevocationHeader } from '../revocation.ts';
import { type Denying, deny } from '../role-sessions/deny-list.ts';
import type { RevocationRecords, TokenCache } from '../stores.ts';
import type { UserNames } from '../user-names.ts';

export interface BeginDeps extends Lifetimes {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'raiseFence' | 'loweredAt' | 'noteBegun'>;
  records: Pick<RevocationRecords, 'putHeader' | 'noteRemoved'>;
  /** Absent where the stack does not deny role sessions. */
  denying: Denying | undefined;
  /** Where removals ask for access to be taken away. Absent of whoever carries out none, and where the stack takes none. */
  accessQueue?: AccessQueue | undefined;
  /** Absent where the stack records no user names. */
  names?: UserNames | undefined;
  /** How long after a sign-out sessions of the user are refused, instead of just as long as a registration takes. */
  signOutFenceSeconds?: number | undefined;
}

export interface Begun {
  failures: DomainError[];
  /** The user was removed, and let in again after that: the denial of the removal is not entered. */
  isBack: boolean;
}

/**
 * Writes header, fence, denial and the note for the sweep. A caller that leaves the rest to the queue does this first. Fence
 * and denial are reckoned from the request, that of a removal from when it was first carried out: a repetition moves neither.
 *
 * @param standing - the header that an earlier run wrote
 */
export async function begin(
  deps: BeginDeps,
  job: RevokeUserJob,
  standing: RevocationHeader | undefined,
  signal: AbortSignal,
): Promise<Begun> {
  const now = deps.clock();
  const removedAt = isRemoval(job.cause) ? (standing?.removedAt ?? now) : undefined;
  // The note is sent first: whatever else a crash leaves, the sweep finds it.
  const noting = deps.tokenCache.noteBegun(job, now, signal).catch(asDomainError);
  const recording = putHeader(deps, job, standing, removedAt, signal).catch(asDomainError);
  const fencing = raiseFence(deps, job, now, signal).catch(asDomainError);
  // At once: the sessions may resist for long.
  const denying = denyUnlessBack(deps, job, removedAt, signal).catch(asDomainError);
  // Not before the denial is entered: whoever takes access away shortens it. And not once it is under way: each run would begin
  // it anew.
  const isAsked = standing?.access && standing.access.status !== 'PENDING';
  const asking = isAsked
    ? undefined
    : denying.then(() => askForAccess(deps, job, standing, signal)).catch(asDomainError);
  const results = await Promise.all([noting, recording, fencing, denying, asking]);
  const failures = results.filter((each) => each instanceof DomainError);
  return { failures, isBack: (await denying) === true };
}

async function putHeader(
  deps: BeginDeps,
  job: RevokeUserJob,
  standing: RevocationHeader | undefined,
  removedAt: Date | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (!standing) {
    const header = headerOf(job, deps, denialOf(deps, job));
    const removal = removedAt && { removedAt, ...(deps.accessQueue && { access: ACCESS_PENDING }) };
    const recordedUserName = await userNameFor(deps, job, signal);
    const named = recordedUserName !== undefined && { recordedUserName };
    await deps.records.putHeader({ ...header, ...removal, ...named }, signal);
  } else if (removedAt && (!standing.removedAt || (deps.accessQueue && !standing.access))) {
    // It was begun as a sign-out: without the time, each run would reckon the denial from itself. Or it was begun by a version
    // that took no access away.
    const access = deps.accessQueue && ACCESS_PENDING;
    await deps.records.noteRemoved(job.revocationId, { at: removedAt, access }, signal);
  }
}

/** The red button has one job for each user, who has a session: those jobs leave the directory's rate to the removals. */
async function userNameFor(
  { names }: BeginDeps,
  { userId, revocationId, everyoneId }: RevokeUserJob,
  signal: AbortSignal,
): Promise<string | undefined> {
  return names?.of(userId, { revocationId, directory: everyoneId === undefined }, signal);
}

/**
 * Never for somebody who was only signed out. Who is back by then is left alone: the directory is asked when it is done. So it is
 * also asked for where the user was back before an earlier attempt came to ask, and the record would wait for ever.
 */
async function askForAccess(
  { accessQueue }: BeginDeps,
  job: RevokeUserJob,
  standing: RevocationHeader | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (isRemoval(job.cause) || standing?.access) await accessQueue?.send([removeAccessJob(job)], signal);
}

/** @returns whether the user was removed, and let in again after that */
async function denyUnlessBack(
  { tokenCache, denying, ...lifetimes }: BeginDeps,
  job: RevokeUserJob,
  removedAt: Date | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const requestedAt = new Date(job.requestedAt);
  const lowered = isRemoval(job.cause)
    ? await tokenCache.loweredAt(job.userId, signal).catch(asDomainError)
    : undefined;
  if (lowered instanceof Date && lowered >= requestedAt) return true;
  if (denying && !isDeniedAsEveryone(job))
    await deny(denying, { ...job, requestedAt, removedAt }, lifetimes, signal);
  // Denied all the same: if the user was let in again, the sweep lets go of it.
  if (lowered instanceof DomainError) throw lowered;
  return false;
}

/** Nothing where its time is over already. */
async function raiseFence(
  { tokenCache, signOutFenceSeconds = 0 }: BeginDeps,
  { userId, cause, requestedAt }: RevokeUserJob,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const askedAt = new Date(requestedAt);
  const wanted = cause === 'signed-out' ? signOutFenceSeconds * 1_000 : 0;
  const until = new Date(askedAt.getTime() + Math.max(wanted, EFFECTS[cause].fenceMillis));
  if (until <= now) return;
  const coveredUntil = isRemoval(cause) ? until : askedAt;
  await tokenCache.raiseFence(userId, { until, coveredUntil, askedAt }, signal);
}

function denialOf({ denying }: BeginDeps, job: RevokeUserJob): DenialAsked {
  if (job.cause === 'unknown-user') return 'user-unknown';
  if (job.cause === 'fenced') return 'per-user';
  if (!denying) return 'switched-off';
  return isDeniedAsEveryone(job) ? 'everyone' : 'asked';
}

/** What is denied to everyone need not be denied to this user too. A removal denies more than that. */
function isDeniedAsEveryone({ deniedBy, cause }: RevokeUserJob): boolean {
  return deniedBy === 'everyone' && !isRemoval(cause);
}
