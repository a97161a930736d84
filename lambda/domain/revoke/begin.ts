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
  /** Undefined if the stack does not deny role sessions. */
  denying: Denying | undefined;
  /** Gets a job for each removal. Absent if the stack takes no access away, or if the function carries out no removals. */
  accessQueue?: AccessQueue | undefined;
  /** Absent if the stack records no user names. */
  names?: UserNames | undefined;
  /** How long sessions of the user are refused after a sign-out, if longer than a registration takes. */
  signOutFenceSeconds?: number | undefined;
}

export interface Begun {
  failures: DomainError[];
  /** Whether the user was enabled again after the removal. Then no denial is entered. */
  isBack: boolean;
}

/**
 * Writes the header, the fence, the denial and the note for the sweep. A caller that leaves the rest to the queue does this
 * first. The time of the fence starts with the request, and so does that of the denial. The denial of a removal starts when the
 * removal was first carried out. So a repetition moves neither.
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
  // The note is sent first, so that the sweep finds whatever a crash leaves undone.
  const noting = deps.tokenCache.noteBegun(job, now, signal).catch(asDomainError);
  const recording = putHeader(deps, job, standing, removedAt, signal).catch(asDomainError);
  const fencing = raiseFence(deps, job, now, signal).catch(asDomainError);
  // The denial does not wait for the sessions, because ending them may take long.
  const denying = denyUnlessBack(deps, job, removedAt, signal).catch(asDomainError);
  // The denial must be entered first, because taking access away shortens it. Nothing is asked for if access is being taken away
  // already: otherwise each run would begin it again.
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
    // The revocation was begun as a sign-out: without `removedAt`, each run would start the denial's time again. Or it was begun
    // by a version that took no access away.
    const access = deps.accessQueue && ACCESS_PENDING;
    await deps.records.noteRemoved(job.revocationId, { at: removedAt, access }, signal);
  }
}

/** The red button has a job for each user with a session. Those jobs never ask the directory: its rate is for the removals. */
async function userNameFor(
  { names }: BeginDeps,
  { userId, revocationId, everyoneId }: RevokeUserJob,
  signal: AbortSignal,
): Promise<string | undefined> {
  return names?.of(userId, { revocationId, directory: everyoneId === undefined }, signal);
}

/**
 * Asks for the user's access to be taken away, but never after a mere sign-out. If the record already has `access`, this asks even
 * if the user is back meanwhile: otherwise the record would stay `PENDING` for ever. That is safe, because the directory is asked
 * again before anything is taken away.
 */
async function askForAccess(
  { accessQueue }: BeginDeps,
  job: RevokeUserJob,
  standing: RevocationHeader | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (isRemoval(job.cause) || standing?.access) await accessQueue?.send([removeAccessJob(job)], signal);
}

/** @returns whether the user was enabled again after the removal */
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
  // The user is denied even if the fence could not be read: if the user is back, the sweep lifts the denial.
  if (lowered instanceof DomainError) throw lowered;
  return false;
}

/** Does nothing if the fence's time is over already. */
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

/** Whether the denial of everyone is enough for this user. A removal denies more than that. */
function isDeniedAsEveryone({ deniedBy, cause }: RevokeUserJob): boolean {
  return deniedBy === 'everyone' && !isRemoval(cause);
}
