import { announce } from '../announce.ts';
import { derivedId } from '../ids.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { NoticeQueue } from '../ports.ts';
import type { RevocationRecords } from '../stores.ts';
import type { Removal } from './events/decision.ts';

export interface NamedNobodyDeps extends Lifetimes {
  records: Pick<RevocationRecords, 'putHeader'>;
  /** Absent if the stack sends no events. */
  notices?: NoticeQueue | undefined;
}

/** The result of a removal that names nobody. The message is not retried, because a retry would find nobody either. */
export type NamedNobody =
  | { kind: 'nobody'; revocationId: string; what: string }
  | { kind: 'ignored'; why: string };

/**
 * Handles a removal whose user name belongs to no user. The company's own systems name users of the identity store, so such a
 * removal is recorded as a failed revocation. Redelivering the event does not change the record. A removal in Okta is ignored,
 * because most users of Okta may not be in the identity store.
 *
 * @throws DomainError `store-unavailable`: not recorded. `queue-unavailable`: not announced. Repeat
 */
export async function namedNobody(
  { records, notices, portalSessionSeconds, maxRoleSessionSeconds }: NamedNobodyDeps,
  { user, isOwn, eventId, description, reason }: Removal,
  requestedAt: Date,
  signal: AbortSignal,
): Promise<NamedNobody> {
  if (!isOwn || !('userName' in user)) {
    return { kind: 'ignored', why: 'the user name leads to no user; the sweep finds the sessions' };
  }
  const revocationId = derivedId('user', 'event', user.userName, eventId);
  const header = {
    revocationId,
    subject: user,
    source: 'event',
    requestedBy: description,
    ...(reason !== undefined && { reason }),
    requestedAt,
    portalSessionSeconds,
    maxRoleSessionSeconds,
    denial: 'user-unknown',
    error: 'user-not-found',
  } as const;
  await records.putHeader(header, signal);
  await announce(notices, revocationId, ['Revocation Failed'], signal);
  return { kind: 'nobody', revocationId, what: description };
}
