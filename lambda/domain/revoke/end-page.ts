import { type Deadline, untilAnswer } from '../deadline.ts';
import { asDomainError, type DomainError } from '../errors.ts';
import type { Slots } from '../pace.ts';
import type { Opener, Sealer } from '../ports.ts';
import { isEnded, type SessionOutcome } from '../revocation.ts';
import type { HeldSession } from '../session.ts';
import { type EndSessionDeps, endSession, type KeepTokens } from '../sessions/end-session.ts';
import { keeping } from '../sessions/held-session.ts';
import type { RevocationRecords, TokenCache } from '../stores.ts';
import type { Watch } from '../watch.ts';

export interface EndPageDeps extends EndSessionDeps {
  opener: Opener;
  sealer: Sealer;
  tokenCache: Pick<TokenCache, 'forgetAll' | 'replace'>;
  records: Pick<RevocationRecords, 'putOutcomes'>;
  watch: Watch;
}

/** What one run knows of the sessions that it ends, page after page. */
export interface Run {
  revocationId: string;
  deadline: Deadline;
  /** Ends the Logouts early enough that they can still be recorded. */
  logoutSignal: AbortSignal;
  /** What resists is recorded as `FAILED`, no longer as `PENDING`. */
  lastAttempt: boolean;
  /** Recorded as logged out by an earlier run that did not come to delete them. */
  alreadyEnded: Set<string>;
  /** Requests sent by earlier runs, by session id. */
  earlierAttempts: Map<string, number>;
  /** Takes the failures of bookkeeping, which stop nothing here. */
  failures: DomainError[];
  /** Ended, or finally rejected: not held any more. */
  ended: number;
  /** Sessions that this run has seen and not got rid of. */
  left: Set<string>;
  /** Of the sessions of all pages that are under way. */
  slots: Slots;
}

export interface PageUnderWay {
  /** Each of its sessions has had its turn to begin: there is room for those of another page. */
  begun: Promise<unknown>;
  /** All that is ended is recorded and deleted. */
  done: Promise<void>;
}

/** Logout → outcomes → delete for these sessions. */
export function endPage(deps: EndPageDeps, run: Run, sessions: HeldSession[]): PageUnderWay {
  const toEnd = sessions.filter(({ sessionId }) => !run.alreadyEnded.has(sessionId));
  const turns = toEnd.map(() => run.slots.take());
  const logouts = toEnd.map(async (session, index) => {
    await turns[index];
    try {
      return await endOne(deps, run, session);
    } finally {
      run.slots.free();
    }
  });
  const done = Promise.all(logouts).then((outcomes) => keepBooks(deps, run, sessions, outcomes));
  const begun = Promise.race([Promise.all(turns), done]);
  // Whoever waits for the page sees the error; until then it is nobody's.
  begun.catch(() => {});
  return { begun, done };
}

/** Outcomes → delete. */
async function keepBooks(
  deps: EndPageDeps,
  run: Run,
  sessions: HeldSession[],
  outcomes: SessionOutcome[],
): Promise<void> {
  const { revocationId } = run;
  const kept = new Set(outcomes.filter(isKept).map(({ sessionId }) => sessionId));
  for (const sessionId of kept) run.left.add(sessionId);
  run.ended += outcomes.length - kept.size;
  const signal = untilAnswer(run.deadline);
  try {
    await deps.records.putOutcomes(revocationId, outcomes, signal);
    for (const { sessionId, error = '' } of outcomes.filter(isRejected))
      deps.watch.rejected({ revocationId, sessionId, error });
    await deps.tokenCache.forgetAll(
      sessions.filter(({ sessionId }) => !kept.has(sessionId)),
      signal,
    );
  } catch (error) {
    // Required: otherwise this run would log out ended sessions again. The next run completes their record.
    run.failures.push(asDomainError(error));
    for (const { sessionId } of sessions) run.left.add(sessionId);
  }
}

function isRejected(each: SessionOutcome): boolean {
  return !isEnded(each.outcome) && !isKept(each);
}

/** Not ended, and still held: the next attempt may succeed. */
function isKept({ outcome, heldUntil }: SessionOutcome): boolean {
  return !isEnded(outcome) && heldUntil !== undefined;
}

async function endOne(deps: EndPageDeps, run: Run, session: HeldSession): Promise<SessionOutcome> {
  const { sessionId, registeredWith } = session;
  const known = { sessionId, ...(registeredWith !== undefined && { registeredWith }) };
  const earlier = run.earlierAttempts.get(sessionId) ?? 0;
  const notEnded = (error: string, isFinal: boolean, attempts = 0): SessionOutcome => ({
    ...known,
    outcome: isFinal || run.lastAttempt ? 'FAILED' : 'PENDING',
    at: deps.clock(),
    attempts: earlier + attempts,
    error,
    ...(!isFinal && { heldUntil: session.expiresAt }),
  });
  try {
    const hold = keeping(deps.sealer, deps.tokenCache.replace, session, untilAnswer(run.deadline));
    // If the new tokens cannot be kept, Logout is tried all the same.
    const keep: KeepTokens = (tokens, expiresAt) =>
      hold(tokens, expiresAt).catch((error) => void run.failures.push(asDomainError(error)));
    const tokens = await deps.opener.open(session.sealed, session, run.logoutSignal);
    const result = await endSession(deps, { ...session, tokens, keep }, run.logoutSignal);
    if (result.kind === 'ended') {
      return { ...known, outcome: result.outcome, at: deps.clock(), attempts: earlier + result.attempts };
    }
    const mayPass = result.why === 'throttled' || result.why === 'unavailable';
    return notEnded(result.failure.name, !mayPass, result.attempts);
  } catch (error) {
    const failure = asDomainError(error);
    return notEnded(failure.code, failure.code === 'ciphertext-invalid');
  }
}
