import { type Deadline, untilBookkeeping } from '../deadline.ts';
import type { SessionOutcome } from '../revocation.ts';
import { type Denying, deny } from '../role-sessions/deny-list.ts';
import type { Secret } from '../secret.ts';
import { type CachedSession, type RefreshCredentials, sessionIdOf } from '../session.ts';
import { notEnded } from '../sessions/end-session.ts';
import { endThroughCopy, type HeldTokens } from '../sessions/held-session.ts';
import type { TokenCache } from '../stores.ts';
import {
  type BesideLogout,
  type LoggedOut,
  type LogOutDeps,
  logOut,
  record,
  type SessionRevoked,
} from './log-out-and-record.ts';
import type { EnterDenial } from './session-record.ts';

export interface RevokeSessionDeps extends LogOutDeps, Omit<HeldTokens, 'tokenCache'> {
  tokenCache: LogOutDeps['tokenCache'] & HeldTokens['tokenCache'] & Pick<TokenCache, 'find'>;
  /** Undefined if the stack does not deny role sessions. */
  denying: Denying | undefined;
}

export interface RevokeSessionRequest {
  accessToken: Secret;
  /** With them, a session with an expired access token can be ended. */
  refresh?: RefreshCredentials | undefined;
  accessTokenExpiresAt?: Date | undefined;
  /** The Region of the Identity Center instance. The configured one if absent. */
  region?: string | undefined;
  /** The session's user, as the caller says. If the token cache holds the session, the user there counts. */
  userId?: string | undefined;
  reason?: string | undefined;
  requestedBy: string;
}

/**
 * Ends the session of an access token: Logout → record the outcome → delete the cached copy.
 *
 * The call can be repeated: the revocation has the id of the session, the next call finishes what a crash left undone, and only a
 * better outcome replaces an outcome. It takes two round trips in a row: Logout with the lookups beside it, then the writes side by
 * side. Deleting a cached copy takes a third. Refreshing an expired access token, or looking up a user name, takes more.
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
  const { accessToken, refresh, reason, requestedBy } = request;
  const requestedAt = deps.clock();
  const tokens = { accessToken, ...(refresh && { refresh }) };
  const beside = { events: ['Revocation Completed'], findCopies: copiesIn(deps) } as const;
  const done = await logOut(deps, { ...request, tokens }, beside, deadline);
  if (done.cached.status === 'rejected' && mayBeAlive(done)) throw done.cached.reason;
  const copies = done.cached.status === 'fulfilled' ? done.cached.value : [];
  const outcome = await throughCopy(deps, done, copies[0], deadline);
  const userId = ownerOf(copies, request.userId);
  const asked = { reason, requestedBy, requestedAt, userId, ...denialFor(deps, userId, accessToken) };
  return record(deps, done, { ...asked, outcome, copies }, deadline);
}

/**
 * Finds the copies, each with what is known of its registration. Logout takes longer than the two lookups, so no caller waits for them.
 * A name may be left from a time when the stack recorded names.
 */
function copiesIn({ tokenCache, names }: RevokeSessionDeps): BesideLogout['findCopies'] {
  return async (sessionId, signal) => {
    const copies = await tokenCache.find(sessionId, signal);
    return Promise.all(
      copies.map(async (copy) => {
        const { registeredWith, userName } = (await tokenCache.held(copy, signal)) ?? {};
        const named = names && userName !== undefined && { userName };
        return { ...copy, ...(registeredWith !== undefined && { registeredWith }), ...named };
      }),
    );
  };
}

function denialFor(deps: RevokeSessionDeps, userId: string | undefined, accessToken: Secret) {
  const { denying } = deps;
  if (!denying) return { denial: 'switched-off' } as const;
  if (userId === undefined) return { denial: 'user-unknown' } as const;
  const asked = { userId, revocationId: sessionIdOf(accessToken), cause: 'signed-out' } as const;
  const enterDenial: EnterDenial = (requestedAt, signal) =>
    deny(denying, { ...asked, requestedAt }, deps, signal);
  return { denial: 'asked', enterDenial } as const;
}

/** The user of the copies. If they name several users, the session's user is unknown, and nobody is denied. */
function ownerOf(copies: CachedSession[], claimed: string | undefined): string | undefined {
  const owners = new Set(copies.map(({ userId }) => userId));
  if (owners.size === 0) return claimed;
  return owners.size === 1 ? copies[0]?.userId : undefined;
}

/**
 * Whether a copy, if there is one, could end the session although the posted tokens did not. A copy may hold a refresh token, or a
 * newer one than the posted file.
 */
function mayBeAlive({ outcome, before }: LoggedOut): boolean {
  const isOver = before.outcomes.some((standing) => standing.outcome === 'LOGGED_OUT');
  return outcome.outcome === 'ALREADY_INVALID' && !isOver;
}

/** A dead access token does not mean a dead session, as long as there is a refresh token, here or in the cached copy. */
async function throughCopy(
  deps: RevokeSessionDeps,
  done: LoggedOut,
  copy: CachedSession | undefined,
  deadline: Deadline,
): Promise<SessionOutcome> {
  const { outcome } = done;
  if (!mayBeAlive(done) || !copy) return outcome;
  const result = await endThroughCopy(deps, copy, untilBookkeeping(deadline));
  if (!result) return outcome;
  if (result.kind === 'failed') throw notEnded(result);
  const attempts = outcome.attempts + result.attempts;
  return { ...outcome, outcome: result.outcome, at: deps.clock(), attempts };
}
