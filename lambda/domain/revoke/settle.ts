import type { RevokeUserJob } from '../job.ts';
import type { Clock } from '../ports.ts';
import { isEnded, type SessionOutcome } from '../revocation.ts';
import type { RevocationRecords } from '../stores.ts';

export interface SettleDeps {
  clock: Clock;
  records: Pick<RevocationRecords, 'read' | 'byUser' | 'putOutcomes'>;
}

/** Revocations of the user that are looked into for what became of a session. */
const LATEST = 25;

/**
 * Settles the outcomes of a revocation that has nothing left to end. A session that is recorded as not ended, and not held
 * any more, was ended by another revocation, if the record of that one says so; otherwise it is `FAILED`: nobody knows.
 *
 * @returns the outcomes; undefined when the other record cannot be found yet, as the index by user is a moment behind
 */
export async function settleAll(
  deps: SettleDeps,
  { revocationId, userId }: Pick<RevokeUserJob, 'revocationId' | 'userId'>,
  { lastAttempt }: { lastAttempt: boolean },
  signal: AbortSignal,
): Promise<SessionOutcome[] | undefined> {
  const { outcomes } = await deps.records.read(revocationId, signal);
  const open = outcomes.filter(isOpen);
  if (open.length === 0) return outcomes;
  const ended = await endedElsewhere(deps, userId, open, signal);
  const at = deps.clock();
  const mayBeFound = open.some(
    ({ sessionId, heldUntil }) => !ended.has(sessionId) && heldUntil && at < heldUntil,
  );
  if (!lastAttempt && mayBeFound) return undefined;
  const settled = open.map(({ error: _, heldUntil: __, ...known }): SessionOutcome => {
    const elsewhere = ended.get(known.sessionId);
    return elsewhere === undefined
      ? { ...known, outcome: 'FAILED', at, error: 'NoLongerHeld' }
      : { ...known, outcome: 'ALREADY_INVALID', at, attempts: known.attempts + elsewhere };
  });
  await deps.records.putOutcomes(revocationId, settled, signal);
  return [...outcomes.filter((each) => !isOpen(each)), ...settled];
}

/** Not ended, and not finally rejected either: what is rejected is not said to be held. */
function isOpen({ outcome, heldUntil }: SessionOutcome): boolean {
  return !isEnded(outcome) && heldUntil !== undefined;
}

/** The sessions among these that another revocation ended, of the session itself or of its user, and how many attempts that took. */
async function endedElsewhere(
  { records }: SettleDeps,
  userId: string,
  open: SessionOutcome[],
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const { headers } = await records.byUser(userId, { limit: LATEST }, signal);
  const ids = new Set([
    ...headers.map((header) => header.revocationId),
    ...open.map(({ sessionId }) => sessionId),
  ]);
  const recorded = await Promise.all([...ids].map((id) => records.read(id, signal)));
  const ended = recorded.flatMap(({ outcomes }) => outcomes).filter(({ outcome }) => isEnded(outcome));
  return new Map(ended.map(({ sessionId, attempts }) => [sessionId, attempts]));
}
