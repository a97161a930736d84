import { type Cause, EFFECTS } from '../cause.ts';
import { EVERYONE } from '../denial.ts';
import { type Lifetimes, later } from '../lifetimes.ts';
import type { Reconciler } from '../ports.ts';
import type { DenyList } from '../stores.ts';

/** The deny list of a stack, and the reconciler that writes it into service control policies. */
export interface Denying {
  list: Pick<DenyList, 'enter'>;
  reconciler: Reconciler;
}

/**
 * Has the role sessions of a revocation's user denied, as the cause of the revocation says. The denial is reckoned from the
 * request, or of a removal from when it was first carried out, and not from the call: so the repetition of a job neither moves
 * the cutoff over a newer sign-in nor prolongs the denial. What was lifted stays lifted.
 *
 * A removed user may obtain role sessions for as long as the portal session lives, so the denial lasts for that and the
 * longest role session: docs/facts.md § What a removed person can still do. A removal that is carried out late is reckoned
 * from then, as the user may have signed in until then.
 *
 * @throws DomainError `store-unavailable`, `queue-unavailable`: repeat
 */
export async function deny(
  { list, reconciler }: Denying,
  { userId, revocationId, cause, requestedAt, removedAt = requestedAt }: DenialRequest,
  { portalSessionSeconds, maxRoleSessionSeconds }: Lifetimes,
  signal: AbortSignal,
): Promise<void> {
  const { denies } = EFFECTS[cause];
  if (denies === 'none') return;
  const seconds = maxRoleSessionSeconds + (denies === 'all' ? portalSessionSeconds : 0);
  const from = denies === 'all' ? removedAt : requestedAt;
  const entry = {
    userId,
    revocationId,
    cause,
    askedAt: requestedAt,
    until: later(from, seconds),
    ...(denies === 'issued-before' && { issuedBefore: requestedAt }),
  };
  // Side by side: the reconciler begins some seconds after it is woken.
  await Promise.all([list.enter(entry, signal), reconciler.wake(signal)]);
}

/**
 * Has every role session denied that was issued before the request through IAM Identity Center: one denial, whoever they are
 * of. No later one can have been issued before, so it lasts for the longest role session from the request.
 *
 * @throws DomainError `store-unavailable`, `queue-unavailable`: repeat
 */
export async function denyEveryone(
  { list, reconciler }: Denying,
  { revocationId, requestedAt, except }: EveryoneDenialRequest,
  { maxRoleSessionSeconds }: Pick<Lifetimes, 'maxRoleSessionSeconds'>,
  signal: AbortSignal,
): Promise<void> {
  const entry = {
    userId: EVERYONE,
    except,
    revocationId,
    cause: 'signed-out',
    askedAt: requestedAt,
    issuedBefore: requestedAt,
    until: later(requestedAt, maxRoleSessionSeconds),
  } as const;
  await Promise.all([list.enter(entry, signal), reconciler.wake(signal)]);
}

export interface EveryoneDenialRequest {
  revocationId: string;
  requestedAt: Date;
  except: string[];
}

export interface DenialRequest {
  userId: string;
  revocationId: string;
  cause: Cause;
  requestedAt: Date;
  /** Of a removal, when it was first carried out: who was removed may have signed in until then. */
  removedAt?: Date | undefined;
}
