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
 * Denies the role sessions of a revocation's user, as the cause demands. The time of a denial starts with the request, and not
 * with this call. Otherwise a repeated job would move the cutoff past a newer sign-in, and would prolong the denial. A denial
 * that was lifted stays lifted.
 *
 * A removed user can obtain role sessions while the portal session lives. So a removal denies for a portal session plus the
 * longest role session: docs/facts.md § What a removed person can still do. This time starts when the removal was first
 * carried out, because the user may have signed in until then.
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
  // Both at once: the reconciler starts some seconds after it is woken, and then finds the entry.
  await Promise.all([list.enter(entry, signal), reconciler.wake(signal)]);
}

/**
 * Denies every role session that was issued through IAM Identity Center before the request. One denial covers all users. It
 * lasts for the longest role session, because then all those role sessions have expired.
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
  /** When a removal was first carried out; absent for other causes. */
  removedAt?: Date | undefined;
}
