import { announce } from '../announce.ts';
import { derivedId } from '../ids.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { NoticeQueue } from '../ports.ts';
import type { RevocationRecords } from '../stores.ts';
import type { Removal } from './events/decision.ts';

export interface NamedNobodyDeps extends Lifetimes {
  records: Pick<RevocationRecords, 'putHeader'>;
  /** Absent where the stack sends no events. */
  notices?: NoticeQueue | undefined;
}

/** What became of a removal that names nobody. Either way its message is done with: nobody will be there next time. */
export type NamedNobody =
  | { kind: 'nobody'; revocationId: string; what: string }
  | { kind: 'ignored'; why: string };

/**
 * A removal whose user name leads to no user. Whoever sent one of our own events meant somebody of the identity store, so it
 * is recorded as a revocation that failed. An event that is delivered again leaves the record as it is.
 *
 * @throws DomainError `store-unavailable`: not recorded; `queue-unavailable`: not announced. Repeat
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
