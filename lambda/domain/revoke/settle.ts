import type { RevokeUserJob } from '../job.ts';
import type { Clock } from '../ports.ts';
import { isEnded, type SessionOutcome } from '../revocation.ts';
import type { RevocationRecords } from '../stores.ts';

export interface SettleDeps {
  clock: Clock;
  records: Pick<RevocationRecords, 'read' | 'byUser' | 'putOutcomes'>;
}

/** How many of the user's latest revocations are searched for the end of a session. */
const LATEST = 25;

/**
 * Settles the outcomes of a revocation that has nothing left to end. A session may be recorded as not ended, but not be held any
 * more. If the record of another revocation says that it ended the session, it is ended. Otherwise the session is `FAILED`,
 * because nobody knows.
 *
 * @returns the outcomes; undefined if the other record may still be missing in the index by user, which is eventually consistent
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

/** Whether the session is neither ended nor finally rejected: the outcome of a rejected session has no `heldUntil`. */
function isOpen({ outcome, heldUntil }: SessionOutcome): boolean {
  return !isEnded(outcome) && heldUntil !== undefined;
}

/** The sessions that other revocations ended, of these sessions or of their user, and how many attempts that took. */
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
