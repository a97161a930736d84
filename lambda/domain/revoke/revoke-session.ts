import { type Deadline, untilBefore } from '../deadline.ts';
import { notEnded } from '../errors.ts';
import { describeRevocation, type Revocation } from '../record/describe-revocation.ts';
import { type DenialAsked, isEnded, type RevocationHeader, type SessionOutcome } from '../revocation.ts';
import type { Secret } from '../secret.ts';
import { type CachedSession, type RefreshCredentials, type SessionTokens, sessionIdOf } from '../session.ts';
import { type EndSessionDeps, endSession, type KeepTokens } from '../sessions/end-session.ts';
import { endThroughCopy, type HeldTokens } from '../sessions/held-session.ts';
import type { Recorded, TokenCache } from '../stores.ts';
import { completeRecord, incomplete, type SessionRecordDeps } from './session-record.ts';

export interface RevokeSessionDeps extends EndSessionDeps, SessionRecordDeps {
  /** To use the refresh token of a cached copy; absent where the caller's own tokens are those of the copy. */
  held?: HeldTokens | undefined;
  tokenCache: TokenCache;
}

export interface RevokeSessionRequest {
  accessToken: Secret;
  /** With them a session whose access token is dead is ended all the same. */
  refresh?: RefreshCredentials | undefined;
  accessTokenExpiresAt?: Date | undefined;
  /** A copy that the caller knows to be cached; the index may not have it yet. */
  copy?: CachedSession | undefined;
  /** As of `LiveSession`. */
  keep?: KeepTokens | undefined;
  /** Of the Identity Center instance; the configured one when absent. */
  region?: string | undefined;
  /** Whose session it is, as the caller says. The token cache knows better where it holds the session. */
  userId?: string | undefined;
  reason?: string | undefined;
  requestedBy: string;
  /** Set where another revocation of the user has the role sessions denied, and this one is not to. */
  denial?: 'per-user';
}

export interface SessionRevoked {
  revocation: Revocation;
  /** The outcome this call recorded; none when a repetition had nothing to add. */
  recorded: SessionOutcome | undefined;
  cachedCopyDeleted: boolean;
}

/** Time that Logout leaves to the record's writes and the delete. */
const BOOKKEEPING_MILLIS = 6_000;
/** Time that those leave to the answer. */
const ANSWER_MILLIS = 1_000;

/**
 * Ends the session of an access token: Logout → record the outcome → delete the cached copy.
 *
 * Repeatable: the revocation's id is the session's, the next call does what a crash left undone, and an outcome is
 * replaced by a better one only. Two sequential round trips (Logout with the look-ups beside it, then the writes side
 * by side), a third where a cached copy is deleted; more only where a dead access token is refreshed.
 *
 * @throws DomainError
 * - `token-malformed`, `unknown-region`: nothing was done, the request must change;
 * - `portal-throttled`, `portal-unavailable`, `store-unavailable`: the session may be alive, nothing was recorded, repeat;
 * - `record-incomplete`: the session is ended; repeat to complete the bookkeeping.
 */
export async function revokeSession(
  deps: RevokeSessionDeps,
  request: RevokeSessionRequest,
  deadline: Deadline,
): Promise<SessionRevoked> {
  const sessionId = sessionIdOf(request.accessToken);
  const requestedAt = deps.clock();
  const done = await logOut(deps, request, sessionId, deadline);
  if (done.cached.status === 'rejected' && mayHoldMore(deps, done)) throw done.cached.reason;
  const copies = done.cached.status === 'fulfilled' ? withCopy(done.cached.value, request.copy) : [];
  const outcome = await throughCopy(deps, done, copies, deadline);

  const signal = untilBefore(deadline, ANSWER_MILLIS);
  const userId = copies[0]?.userId ?? request.userId;
  const header: RevocationHeader = {
    revocationId: sessionId,
    subject: { sessionId, ...(userId !== undefined && { userId }) },
    source: 'http',
    requestedBy: request.requestedBy,
    ...(request.reason !== undefined && { reason: request.reason }),
    requestedAt,
    maxRoleSessionSeconds: deps.maxRoleSessionSeconds,
    denial: request.denial ?? denialOf(deps, userId),
  };
  const stands = await completeRecord(deps, done.before, { header, outcome }, signal);

  if (done.cached.status === 'rejected') throw incomplete(done.cached.reason);
  await Promise.all(copies.map((copy) => deps.tokenCache.forget(copy, signal))).catch((error: unknown) =>
    Promise.reject(incomplete(error)),
  );

  const { header: standing, outcome: recorded } = stands;
  return {
    revocation: describeRevocation({ header: standing, outcomes: [recorded], users: [] }, deps.clock()),
    recorded: recorded === outcome && recorded !== done.before.outcomes[0] ? outcome : undefined,
    cachedCopyDeleted: copies.length > 0,
  };
}

function denialOf({ denying }: RevokeSessionDeps, userId: string | undefined): DenialAsked {
  if (!denying) return 'switched-off';
  return userId === undefined ? 'user-unknown' : 'asked';
}

function withCopy(found: CachedSession[], known: CachedSession | undefined): CachedSession[] {
  return known && !found.some(({ userId }) => userId === known.userId) ? [...found, known] : found;
}

/**
 * Whether a copy, if there is one, could end what the posted tokens did not: it holds a refresh token, and may hold the
 * successor of the one that was posted.
 */
function mayHoldMore({ held }: RevokeSessionDeps, { outcome, before }: LogoutDone): boolean {
  const isOver = before.outcomes.some((standing) => standing.outcome === 'LOGGED_OUT');
  return outcome.outcome === 'ALREADY_INVALID' && !isOver && held !== undefined;
}

/** A dead access token says nothing of the session as long as there is a refresh token, be it that of the cached copy. */
async function throughCopy(
  deps: RevokeSessionDeps,
  done: LogoutDone,
  [copy]: CachedSession[],
  deadline: Deadline,
): Promise<SessionOutcome> {
  const { outcome } = done;
  if (!mayHoldMore(deps, done) || !copy || !deps.held) return outcome;
  const result = await endThroughCopy(
    { ...deps, ...deps.held },
    copy,
    untilBefore(deadline, BOOKKEEPING_MILLIS),
  );
  if (!result) return outcome;
  if (result.kind === 'failed') throw notEnded(result);
  const attempts = outcome.attempts + result.attempts;
  return { ...outcome, outcome: result.outcome, at: deps.clock(), attempts };
}

interface LogoutDone {
  outcome: SessionOutcome;
  cached: PromiseSettledResult<CachedSession[]>;
  before: Recorded;
}

/** Logout with the look-ups beside it. Those are settled apart: bookkeeping that fails must not stop Logout. */
async function logOut(
  deps: RevokeSessionDeps,
  request: RevokeSessionRequest,
  sessionId: string,
  deadline: Deadline,
): Promise<LogoutDone> {
  const signal = untilBefore(deadline, BOOKKEEPING_MILLIS);
  const [logout, [cached, read]] = await Promise.all([
    endSession(deps, { ...request, tokens: tokensOf(request) }, signal),
    Promise.allSettled([deps.tokenCache.find(sessionId, signal), deps.records.read(sessionId, signal)]),
  ]);
  const before = read.status === 'fulfilled' ? read.value : { header: undefined, outcomes: [], users: [] };
  if (logout.kind === 'ended') {
    const outcome = { sessionId, outcome: logout.outcome, at: deps.clock(), attempts: logout.attempts };
    return { outcome, cached, before };
  }
  // The portal fails, but an earlier call ended this session: the repetition needs no portal.
  const standing = before.outcomes.find(({ outcome }) => isEnded(outcome));
  if (!standing) throw notEnded(logout);
  return { outcome: standing, cached, before };
}

function tokensOf({ accessToken, refresh }: RevokeSessionRequest): SessionTokens {
  return { accessToken, ...(refresh && { refresh }) };
}
