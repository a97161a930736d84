import { type Deadline, hasTimeForPage, untilAnswer, untilBookkeeping } from '../deadline.ts';
import { asDomainError, type DomainError } from '../errors.ts';
import { atMost } from '../pace.ts';
import type { Opener, Sealer, Watch } from '../ports.ts';
import { isEnded, type SessionOutcome } from '../revocation.ts';
import type { HeldSession } from '../session.ts';
import { type EndSessionDeps, endSession, type KeepTokens } from '../sessions/end-session.ts';
import { keeping } from '../sessions/held-session.ts';
import type { RevocationRecords, TokenCache } from '../stores.ts';

export interface EndUserSessionsDeps extends EndSessionDeps {
  opener: Opener;
  sealer: Sealer;
  tokenCache: Pick<TokenCache, 'page' | 'forgetAll' | 'replace'>;
  records: Pick<RevocationRecords, 'putOutcomes'>;
  watch: Watch;
  /** Sessions that are ended at the same time. */
  concurrency: number;
}

/** Sessions read, ended, recorded and deleted at a time: what bounds the memory. */
const PAGE = 25;

export interface UserSessionsToEnd {
  revocationId: string;
  userId: string;
  /** The only session to end; all where absent. */
  only?: string | undefined;
  /** Sessions that were registered later are left alone. */
  registeredUntil?: Date | undefined;
  deadline: Deadline;
  /** What resists is recorded as `FAILED`, no longer as `PENDING`. */
  lastAttempt: boolean;
  /** Recorded as logged out by an earlier run that did not come to delete them. */
  alreadyEnded: Set<string>;
  /** Requests sent by earlier runs, by session id. */
  earlierAttempts: Map<string, number>;
  /** Takes the failures of bookkeeping, which stop nothing here. */
  failures: DomainError[];
}

interface Run extends UserSessionsToEnd {
  /** Ended, or finally rejected: not held any more. */
  ended: number;
  /** Sessions that this run has seen and not got rid of. */
  left: Set<string>;
}

export interface UserSessionsEnded {
  /** Time ran out before all had their turn. */
  outOfTime: boolean;
  /** Sessions that are not held any more: ended, or finally rejected. */
  ended: number;
  /** Sessions that resist and are still held. */
  left: number;
}

/**
 * Ends what is held of a user, page by page: Logout → outcomes → delete, and again from the start until nothing new is found.
 *
 * A session that the portal or the cipher rejects for good is recorded as `FAILED` with the reason and not held any longer:
 * to try it again would end nothing, and would fence and deny the user each time.
 */
export async function endUserSessions(
  deps: EndUserSessionsDeps,
  toEnd: UserSessionsToEnd,
): Promise<UserSessionsEnded> {
  const run: Run = { ...toEnd, ended: 0, left: new Set() };
  const outOfTime = await endAll(deps, run);
  return { outOfTime, ended: run.ended, left: run.left.size };
}

/** @returns whether it ran out of time */
async function endAll(deps: EndUserSessionsDeps, run: Run): Promise<boolean> {
  const signal = untilAnswer(run.deadline);
  let after: string | undefined;
  let isNew = false;
  for (;;) {
    if (!hasTimeForPage(run.deadline)) return true;
    const page = await deps.tokenCache.page(run.userId, { limit: PAGE, after }, signal);
    const sessions = page.filter((session) => isToEnd(run, session));
    isNew ||= sessions.length > 0;
    after = page.at(-1)?.sessionId;
    if (sessions.length > 0 && (await endPage(deps, run, sessions))) return true;
    if (after !== undefined) continue;
    // The end of a pass: sessions may have been registered behind it.
    if (!isNew) return false;
    isNew = false;
  }
}

function isToEnd({ left, only, registeredUntil }: Run, { sessionId, registeredAt }: HeldSession): boolean {
  if (left.has(sessionId) || (registeredUntil && registeredAt > registeredUntil)) return false;
  return only === undefined || only === sessionId;
}

/** Logout → outcomes → delete for these sessions. @returns whether it ran out of time */
async function endPage(deps: EndUserSessionsDeps, run: Run, sessions: HeldSession[]): Promise<boolean> {
  const logoutSignal = untilBookkeeping(run.deadline);
  const toEnd = sessions.filter(({ sessionId }) => !run.alreadyEnded.has(sessionId));
  const outcomes = await atMost(deps.concurrency, toEnd, (session) =>
    endOne(deps, run, session, logoutSignal),
  );
  const kept = new Set(outcomes.filter(isKept).map(({ sessionId }) => sessionId));
  for (const sessionId of kept) run.left.add(sessionId);
  run.ended += outcomes.length - kept.size;
  const signal = untilAnswer(run.deadline);
  try {
    await deps.records.putOutcomes(run.revocationId, outcomes, signal);
    for (const each of outcomes.filter(isRejected))
      deps.watch.rejected({
        revocationId: run.revocationId,
        sessionId: each.sessionId,
        error: each.error ?? '',
      });
    await deps.tokenCache.forgetAll(
      sessions.filter(({ sessionId }) => !kept.has(sessionId)),
      signal,
    );
  } catch (error) {
    // They are ended, so they are not to be logged out again in this run; the next one completes their record.
    run.failures.push(asDomainError(error));
    for (const { sessionId } of sessions) run.left.add(sessionId);
  }
  return logoutSignal.aborted;
}

function isRejected(each: SessionOutcome): boolean {
  return !isEnded(each.outcome) && !isKept(each);
}

/** Not ended, and held on: the next attempt may have more luck. */
function isKept({ outcome, heldUntil }: SessionOutcome): boolean {
  return !isEnded(outcome) && heldUntil !== undefined;
}

async function endOne(
  deps: EndUserSessionsDeps,
  run: Run,
  session: HeldSession,
  signal: AbortSignal,
): Promise<SessionOutcome> {
  const { sessionId } = session;
  const earlier = run.earlierAttempts.get(sessionId) ?? 0;
  const notEnded = (error: string, isFinal: boolean, attempts = 0): SessionOutcome => ({
    sessionId,
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
    const tokens = await deps.opener.open(session.sealed, session, signal);
    const result = await endSession(deps, { ...session, tokens, keep }, signal);
    if (result.kind === 'ended') {
      return { sessionId, outcome: result.outcome, at: deps.clock(), attempts: earlier + result.attempts };
    }
    const mayPass = result.why === 'throttled' || result.why === 'unavailable';
    return notEnded(result.failure.name, !mayPass, result.attempts);
  } catch (error) {
    const failure = asDomainError(error);
    return notEnded(failure.code, failure.code === 'ciphertext-invalid');
  }
}
