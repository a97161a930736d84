import { type Deadline, untilBefore } from './deadline.ts';
import { type EndSessionDeps, endSession } from './end-session.ts';
import { DomainError } from './errors.ts';
import type { LogoutFailed } from './ports.ts';
import {
  describeRevocation,
  isEnded,
  type Revocation,
  type RevocationHeader,
  type SessionOutcome,
  worseThan,
} from './revocation.ts';
import type { Secret } from './secret.ts';
import { type CachedSession, type RefreshCredentials, type SessionTokens, sessionIdOf } from './session.ts';
import type { Recorded, RevocationRecords, TokenCache } from './stores.ts';

export interface RevokeSessionDeps extends EndSessionDeps {
  tokenCache: TokenCache;
  records: RevocationRecords;
  maxRoleSessionSeconds: number;
}

export interface RevokeSessionRequest {
  accessToken: Secret;
  /** With them a session whose access token is dead is ended all the same. */
  refresh?: RefreshCredentials | undefined;
  accessTokenExpiresAt?: Date | undefined;
  /** Of the Identity Center instance; the configured one when absent. */
  region?: string | undefined;
  /** Whose session it is, as the caller says. The token cache knows better where it holds the session. */
  userId?: string | undefined;
  reason?: string | undefined;
  requestedBy: string;
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
 * - `portal-throttled`, `portal-unavailable`: the session may be alive, nothing was recorded, repeat;
 * - `record-incomplete`: the session is ended; repeat to complete the bookkeeping.
 */
export async function revokeSession(
  deps: RevokeSessionDeps,
  request: RevokeSessionRequest,
  deadline: Deadline,
): Promise<SessionRevoked> {
  const sessionId = sessionIdOf(request.accessToken);
  const requestedAt = deps.clock();
  const { outcome, cached, before } = await logOut(deps, request, sessionId, deadline);

  const signal = untilBefore(deadline, ANSWER_MILLIS);
  const copy = cached.status === 'fulfilled' ? cached.value : undefined;
  const userId = copy?.userId ?? request.userId;
  const header: RevocationHeader = {
    revocationId: sessionId,
    subject: { sessionId, ...(userId !== undefined && { userId }) },
    source: 'http',
    requestedBy: request.requestedBy,
    ...(request.reason !== undefined && { reason: request.reason }),
    requestedAt,
    maxRoleSessionSeconds: deps.maxRoleSessionSeconds,
  };
  const stands = await completeRecord(deps.records, before, { header, outcome }, signal);

  if (cached.status === 'rejected') throw incomplete(cached.reason);
  if (copy)
    await deps.tokenCache.forget(copy, signal).catch((error: unknown) => Promise.reject(incomplete(error)));

  return {
    revocation: describeRevocation(
      { header: stands.header, outcomes: [stands.outcome], users: [] },
      deps.clock(),
    ),
    recorded: stands.outcome === outcome && stands.outcome !== before.outcomes[0] ? outcome : undefined,
    cachedCopyDeleted: copy !== undefined,
  };
}

interface LogoutDone {
  outcome: SessionOutcome;
  cached: PromiseSettledResult<CachedSession | undefined>;
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

/** Writes what is not recorded yet, side by side, and answers the record that stands. */
async function completeRecord(
  records: RevocationRecords,
  before: Recorded,
  proposed: { header: RevocationHeader; outcome: SessionOutcome },
  signal: AbortSignal,
): Promise<{ header: RevocationHeader; outcome: SessionOutcome }> {
  const { header, outcome } = proposed;
  const standing = before.outcomes[0];
  const improves = !standing || worseThan(outcome.outcome).includes(standing.outcome);
  const [headerWritten, outcomeWritten] = await Promise.allSettled([
    before.header ?? records.putHeader(header, signal),
    improves ? records.putOutcome(header.revocationId, outcome, signal) : standing,
  ]);
  if (headerWritten.status === 'rejected') throw incomplete(headerWritten.reason);
  if (outcomeWritten.status === 'rejected') throw incomplete(outcomeWritten.reason);
  return { header: headerWritten.value, outcome: outcomeWritten.value };
}

function notEnded({ why, failure }: LogoutFailed): DomainError {
  switch (why) {
    case 'malformed-token':
      return new DomainError(
        'token-malformed',
        'The access portal rejects the access token as malformed. Send the accessToken field of a token-cache file as it is.',
        failure,
      );
    case 'unknown-region':
      return new DomainError(
        'unknown-region',
        'No access portal answers in that region. Send the region of the IAM Identity Center instance.',
        failure,
      );
    case 'throttled':
      return new DomainError(
        'portal-throttled',
        'The access portal throttles. The session may still be alive; send the same request again.',
        failure,
      );
    case 'unavailable':
      return new DomainError(
        'portal-unavailable',
        'The access portal did not answer as it should. The session may still be alive; send the same request again.',
        failure,
      );
  }
}

/** Only a failed store is told as such; anything else is a defect and stays one. */
function incomplete(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  return new DomainError(
    'record-incomplete',
    'The session is ended, but its record or the deletion of the cached copy is not complete. Send the same request again to complete it.',
    error.cause,
  );
}
