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

/** What one run knows about the sessions that it ends, page after page. */
export interface Run {
  revocationId: string;
  deadline: Deadline;
  /** Stops the Logouts early enough to record them. */
  logoutSignal: AbortSignal;
  /** Whether a session that cannot be ended is recorded as `FAILED` instead of `PENDING`. */
  lastAttempt: boolean;
  /** Sessions that an earlier run logged out and recorded, but did not delete. */
  alreadyEnded: Set<string>;
  /** How many requests earlier runs sent, by session id. */
  earlierAttempts: Map<string, number>;
  /** Collects the failures of bookkeeping, which do not stop the run. */
  failures: DomainError[];
  /** How many sessions are ended or finally rejected. They are not held any more. */
  ended: number;
  /** Sessions that this run has seen and that are still held. */
  left: Set<string>;
  /** Limits how many sessions of all pages are ended at the same time. */
  slots: Slots;
}

export interface PageUnderWay {
  /** Resolves when each session of the page has a slot. Then sessions of another page can begin. */
  begun: Promise<unknown>;
  /** Resolves when all ended sessions are recorded and deleted. */
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
  // Otherwise Node.js would report an unhandled rejection before the caller awaits the page.
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
    // If the new tokens cannot be stored, Logout can still succeed.
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
