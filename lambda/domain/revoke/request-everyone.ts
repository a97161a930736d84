import { type Deadline, untilAnswer } from '../deadline.ts';
import { asDomainError, DomainError, throwFirst } from '../errors.ts';
import { randomId } from '../ids.ts';
import type { RevokeEveryoneJob } from '../job.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { Clock, JobQueue } from '../ports.ts';
import { describeRevocation, type Revocation } from '../record/describe-revocation.ts';
import type { Denying } from '../role-sessions/deny-list.ts';
import type { KeyClaim, RevocationRecords, TokenCache } from '../stores.ts';
import { type IdempotencyKey, KeyedRequest, type KeyRecords } from './idempotency.ts';
import { denyAll, everyoneHeader } from './revoke-everyone.ts';

export interface RequestEveryoneDeps extends Lifetimes {
  clock: Clock;
  records: Pick<RevocationRecords, 'read' | 'putHeader'> & KeyRecords;
  tokenCache: Pick<TokenCache, 'noteBegun' | 'noteQueued' | 'noted'>;
  queue: JobQueue;
  /** Undefined if the stack does not deny role sessions. */
  denying: Denying | undefined;
  /** Users whom the stack always excepts. */
  breakGlassUserIds: readonly string[];
}

export interface EveryoneRequest {
  requestedBy: string;
  reason: string;
  /** The id of the API request, for the logs of the workers. */
  requestId?: string | undefined;
  /** Users who are neither signed out nor denied, in addition to `breakGlassUserIds`. */
  except?: string[] | undefined;
  /** For 24 hours, the same request with the same key continues the same revocation. */
  idempotencyKey?: IdempotencyKey | undefined;
}

/**
 * The red button: records the revocation of everyone, denies everyone's older role sessions, and queues the job that ends the
 * sign-in sessions.
 *
 * @throws DomainError `idempotency-key-reused`: nothing was done. `store-unavailable`, `queue-unavailable`: repeat. With the
 * same idempotency key, it stays one revocation
 */
export async function requestEveryone(
  deps: RequestEveryoneDeps,
  request: EveryoneRequest,
  deadline: Deadline,
): Promise<Revocation> {
  const signal = untilAnswer(deadline);
  const now = deps.clock();
  const claim = await claimOf(deps, request, now, signal);
  const before = await deps.records.read(claim.revocationId, signal);
  const noted = before.header && (await deps.tokenCache.noted('revoke-everyone', claim.revocationId, signal));
  // Required: otherwise a repeated request would queue the job again, and the fan-out would start again.
  if (before.header && (before.header.completion || noted?.isQueued))
    return describeRevocation({ ...before, header: before.header }, now);
  const job: RevokeEveryoneJob = {
    kind: 'revoke-everyone',
    revocationId: claim.revocationId,
    source: 'http',
    requestedBy: request.requestedBy,
    reason: request.reason,
    ...(request.requestId !== undefined && { requestId: request.requestId }),
    requestedAt: claim.at.toISOString(),
    except: union(deps.breakGlassUserIds, request.except ?? []),
  };
  // The note is written first, so that the sweep finds whatever a crash leaves undone.
  await deps.tokenCache.noteBegun(job, now, signal);
  const standing = await deps.records.putHeader(everyoneHeader(deps, job), signal);
  // The denial does not wait for the worker, because the queue may be long. For people without a held session, only the denial
  // ends role sessions.
  const begun = await Promise.all([
    denyAll(deps, standing, signal).catch(asDomainError),
    deps.queue.send([job], signal).catch(asDomainError),
  ]);
  // Only now that both are over: otherwise one could still succeed after the caller got a 503.
  throwFirst(begun.filter((each) => each instanceof DomainError));
  // If this note fails, a repeated request queues the job again, which does no harm.
  await deps.tokenCache.noteQueued(job, now, signal).catch(asDomainError);
  return describeRevocation({ ...before, header: standing }, now);
}

async function claimOf(
  { records }: RequestEveryoneDeps,
  { idempotencyKey, reason, except }: EveryoneRequest,
  at: Date,
  signal: AbortSignal,
): Promise<Pick<KeyClaim, 'revocationId' | 'at'>> {
  const revocationId = randomId('everyone');
  if (!idempotencyKey) return { revocationId, at };
  // `breakGlassUserIds` is not part of the request, because a deployment may change it between two requests with the same key.
  const asked = { reason, except: except?.length ? union(except) : undefined };
  const keyed = new KeyedRequest(records, 'everyone', idempotencyKey, asked, at);
  return (await keyed.standing(signal)) ?? (await keyed.claim({ revocationId }, signal));
}

/** The ids of all lists, without duplicates, sorted. */
export function union(...lists: (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}
