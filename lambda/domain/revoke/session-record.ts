import { DomainError } from '../errors.ts';
import { type RevocationHeader, replaceableBy, type SessionOutcome } from '../revocation.ts';
import type { Recorded, RevocationRecords } from '../stores.ts';

export type SessionRecords = Pick<RevocationRecords, 'read' | 'putHeader' | 'putOutcome'>;

/** Denies the role sessions that were issued before the request. */
export type EnterDenial = (requestedAt: Date, signal: AbortSignal) => Promise<void>;

/**
 * Writes what is missing from the record of a session's revocation, and enters the denial if there is one. All writes run at the
 * same time.
 *
 * @returns the record as it is now
 * @throws DomainError `record-incomplete`
 */
export async function completeRecord(
  records: SessionRecords,
  before: Recorded,
  proposed: { header: RevocationHeader; outcome: SessionOutcome; enterDenial: EnterDenial | undefined },
  signal: AbortSignal,
): Promise<{ header: RevocationHeader; outcome: SessionOutcome }> {
  const { header, outcome, enterDenial } = proposed;
  const standing = before.outcomes[0];
  const improves = !standing || replaceableBy(outcome.outcome).includes(standing.outcome);
  // The recorded request decides: a repeated call must not move the cutoff, or deny a user whom the record does not name.
  const { requestedAt, denial } = before.header ?? header;
  const [headerWritten, outcomeWritten, denied] = await Promise.allSettled([
    before.header ?? records.putHeader(header, signal),
    improves ? records.putOutcome(header.revocationId, outcome, signal) : standing,
    denial === 'asked' ? enterDenial?.(requestedAt, signal) : undefined,
  ]);
  if (headerWritten.status === 'rejected') throw incomplete(headerWritten.reason);
  if (outcomeWritten.status === 'rejected') throw incomplete(outcomeWritten.reason);
  if (denied.status === 'rejected') throw incomplete(denied.reason);
  return { header: headerWritten.value, outcome: outcomeWritten.value };
}

/** The error for a failure after Logout. A defect is returned unchanged. */
export function incomplete(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  return new DomainError(
    'record-incomplete',
    'The session is ended, but its record or the deletion of the cached copy is not complete. Send the same request again to complete it.',
    error.cause,
  );
}
