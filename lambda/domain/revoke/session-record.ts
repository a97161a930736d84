import { DomainError } from '../errors.ts';
import { type RevocationHeader, replaceableBy, type SessionOutcome } from '../revocation.ts';
import { type Denying, deny } from '../role-sessions/deny-list.ts';
import type { Recorded, RevocationRecords } from '../stores.ts';

export interface SessionRecordDeps {
  records: RevocationRecords;
  maxRoleSessionSeconds: number;
  /** Absent where the stack does not deny role sessions. */
  denying: Denying | undefined;
}

/**
 * Writes what is not recorded yet of a session's revocation, side by side, and answers the record that stands; the denial is
 * entered beside it.
 *
 * @throws DomainError `record-incomplete`
 */
export async function completeRecord(
  { records, denying, maxRoleSessionSeconds }: SessionRecordDeps,
  before: Recorded,
  proposed: { header: RevocationHeader; outcome: SessionOutcome },
  signal: AbortSignal,
): Promise<{ header: RevocationHeader; outcome: SessionOutcome }> {
  const { header, outcome } = proposed;
  const standing = before.outcomes[0];
  const improves = !standing || replaceableBy(outcome.outcome).includes(standing.outcome);
  const { revocationId, subject } = header;
  const userId = header.denial === 'asked' && 'userId' in subject ? subject.userId : undefined;
  const { at: from } = improves ? outcome : standing;
  const [headerWritten, outcomeWritten, denied] = await Promise.allSettled([
    before.header ?? records.putHeader(header, signal),
    improves ? records.putOutcome(revocationId, outcome, signal) : standing,
    denying &&
      userId !== undefined &&
      deny(denying, { userId, revocationId, from, removed: false }, maxRoleSessionSeconds, signal),
  ]);
  if (headerWritten.status === 'rejected') throw incomplete(headerWritten.reason);
  if (outcomeWritten.status === 'rejected') throw incomplete(outcomeWritten.reason);
  if (denied.status === 'rejected') throw incomplete(denied.reason);
  return { header: headerWritten.value, outcome: outcomeWritten.value };
}

/** Only a failed store is told as such; anything else is a defect and stays one. */
export function incomplete(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  return new DomainError(
    'record-incomplete',
    'The session is ended, but its record or the deletion of the cached copy is not complete. Send the same request again to complete it.',
    error.cause,
  );
}
