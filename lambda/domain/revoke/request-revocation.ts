import { type Deadline, earlier, untilAnswer } from '../deadline.ts';
import { asDomainError, DomainError, throwFirst } from '../errors.ts';
import { randomId } from '../ids.ts';
import { type RevokeUserJob, revokeUserJob } from '../job.ts';
import type { Directory, JobQueue } from '../ports.ts';
import { describeRevocation, type Revocation } from '../record/describe-revocation.ts';
import type { Recorded, TokenCache } from '../stores.ts';
import { type User, userIdOf } from '../user.ts';
import { begin } from './begin.ts';
import { type IdempotencyKey, KeyedRequest, type KeyRecords } from './idempotency.ts';
import { type RevokeUserDeps, revokeUser } from './revoke-user.ts';

export interface RequestRevocationDeps extends RevokeUserDeps {
  records: RevokeUserDeps['records'] & KeyRecords;
  tokenCache: RevokeUserDeps['tokenCache'] & Pick<TokenCache, 'noted' | 'noteQueued'>;
  /** Undefined if the stack does not know its identity store. */
  directory: Directory | undefined;
  queue: JobQueue;
}

export interface UserRevocationRequest {
  user: User;
  reason?: string | undefined;
  requestedBy: string;
  /** The id of the API request, for the logs of the workers. */
  requestId?: string | undefined;
  /** For 24 hours, the same request with the same key continues the same revocation. */
  idempotencyKey?: IdempotencyKey | undefined;
}

/** If there are more sessions, the workers end them. Only a fixed number of workers run, so their rates have a limited sum. */
const AT_ONCE = 10;
/** Ending sessions leaves this time for queueing the rest. */
const QUEUE_MILLIS = 3_000;

/**
 * Ends a user's sessions at once if they are few, and queues the remaining ones for the workers.
 *
 * @returns the revocation; `IN_PROGRESS` if a worker does the rest
 * @throws DomainError `no-directory`, `user-not-found`, `directory-unavailable`, `idempotency-key-reused`: nothing was done.
 * `store-unavailable`, `queue-unavailable`: repeat. With the same idempotency key, it stays one revocation
 */
export async function requestRevocation(
  deps: RequestRevocationDeps,
  request: UserRevocationRequest,
  deadline: Deadline,
): Promise<Revocation> {
  const signal = untilAnswer(deadline);
  const { revocationId, userId, requestedAt, isRepeated } = await identify(deps, request, signal);
  const job = revokeUserJob({
    revocationId,
    source: 'http',
    requestedBy: request.requestedBy,
    reason: request.reason,
    requestId: request.requestId,
    requestedAt,
    userId,
    cause: 'signed-out',
  });
  const before = isRepeated ? await deps.records.read(revocationId, signal) : undefined;
  const underWay = before && (await underWayOf(deps, revocationId, before, signal));
  if (underWay) return underWay;
  // After a crash, a complete revocation may lack its last steps.
  const carryOut = before?.header?.completion ? isCarriedOut : isDoneAtOnce;
  const done = await carryOut(deps, job, deadline).catch(asDomainError);
  if (done !== true) {
    // Queued even if bookkeeping failed: a caller without an idempotency key cannot continue this revocation.
    await deps.queue.send([job], signal);
    // If this note fails, a repeated request queues the job again, which does no harm.
    await deps.tokenCache.noteQueued(job, deps.clock(), signal).catch(asDomainError);
  }
  if (done instanceof DomainError) throw done;
  const { header, ...rest } = await deps.records.read(job.revocationId, signal);
  if (!header)
    throw new DomainError('store-unavailable', 'The record is not there yet. Send the same request again.');
  return describeRevocation({ ...rest, header }, deps.clock());
}

/** The revocation, if its job is queued already. Otherwise a repeated request would queue the job again for nothing. */
async function underWayOf(
  { clock, tokenCache }: RequestRevocationDeps,
  revocationId: string,
  { header, ...rest }: Recorded,
  signal: AbortSignal,
): Promise<Revocation | undefined> {
  if (!header || header.completion) return undefined;
  const noted = await tokenCache.noted('revoke-user', revocationId, signal);
  const revocation = describeRevocation({ ...rest, header }, clock());
  return noted?.isQueued && revocation.status === 'IN_PROGRESS' ? revocation : undefined;
}

/** Finds the revocation and the user. The claim on a key names both, even if the directory does not know the user any more. */
async function identify(
  { clock, records, directory }: RequestRevocationDeps,
  { user, reason, idempotencyKey }: UserRevocationRequest,
  signal: AbortSignal,
): Promise<{ revocationId: string; userId: string; requestedAt: Date; isRepeated: boolean }> {
  const now = clock();
  const revocationId = randomId('user');
  if (!idempotencyKey) {
    return {
      revocationId,
      userId: await userIdOf(directory, user, signal),
      requestedAt: now,
      isRepeated: false,
    };
  }
  const keyed = new KeyedRequest(records, 'user', idempotencyKey, { user, reason }, now);
  const standing = await keyed.standing(signal);
  const userId = standing?.userId ?? (await userIdOf(directory, user, signal));
  const claim = standing ?? (await keyed.claim({ revocationId, userId }, signal));
  const isRepeated = claim.revocationId !== revocationId;
  return {
    revocationId: claim.revocationId,
    userId: claim.userId ?? userId,
    requestedAt: claim.at,
    isRepeated,
  };
}

async function isDoneAtOnce(
  deps: RequestRevocationDeps,
  job: RevokeUserJob,
  deadline: Deadline,
): Promise<boolean> {
  const signal = untilAnswer(deadline);
  const some = await deps.tokenCache.page(job.userId, { limit: AT_ONCE + 1 }, signal);
  if (some.length > AT_ONCE) {
    const { failures } = await begin(deps, job, undefined, signal);
    throwFirst(failures);
    return false;
  }
  return isCarriedOut(deps, job, deadline);
}

async function isCarriedOut(
  deps: RequestRevocationDeps,
  job: RevokeUserJob,
  deadline: Deadline,
): Promise<boolean> {
  const revoked = await revokeUser(deps, job, earlier(deadline, QUEUE_MILLIS), { lastAttempt: false });
  return revoked === 'completed';
}
