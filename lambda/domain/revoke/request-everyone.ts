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
  /** Absent where the stack does not deny role sessions. */
  denying: Denying | undefined;
  /** Users who are left out whatever a request says. */
  breakGlassUserIds: readonly string[];
}

export interface EveryoneRequest {
  requestedBy: string;
  reason: string;
  /** Of the API request, for the logs of the workers. */
  requestId?: string | undefined;
  /** Users who are neither signed out nor denied, besides those whom the stack leaves out. */
  except?: string[] | undefined;
  /** The same key for the same request is the same revocation, for 24 hours. */
  idempotencyKey?: IdempotencyKey | undefined;
}

/**
 * The red button: records that everyone is to be signed out, has everyone's older role sessions denied, and leaves the rest to
 * the queue.
 *
 * @throws DomainError `idempotency-key-reused`: nothing was done. `store-unavailable`, `queue-unavailable`: repeat; with the
 * same idempotency key it stays one revocation.
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
  // What is queued or done goes on by itself: queued again, it would begin anew.
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
  // The note first: whatever is begun after it, the sweep finds.
  await deps.tokenCache.noteBegun(job, now, signal);
  const standing = await deps.records.putHeader(everyoneHeader(deps, job), signal);
  // At once: the queue may be long, and the role sessions of people of whom nothing is held are only ended by this.
  const begun = await Promise.all([
    denyAll(deps, standing, signal).catch(asDomainError),
    deps.queue.send([job], signal).catch(asDomainError),
  ]);
  // Not before both are over: what is still retried after an answer of 503 would press the button after all.
  throwFirst(begun.filter((each) => each instanceof DomainError));
  // If that cannot be noted, a repeated request queues the job once more, which is in nobody's way.
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
  // Whom the stack leaves out is no part of the request: it may change between two requests with one key.
  const asked = { reason, except: except?.length ? union(except) : undefined };
  const keyed = new KeyedRequest(records, 'everyone', idempotencyKey, asked, at);
  return (await keyed.standing(signal)) ?? (await keyed.claim({ revocationId }, signal));
}

/** Each of them once, in the order of their ids. */
export function union(...lists: (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}
