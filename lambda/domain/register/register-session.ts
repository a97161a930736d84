import { type Deadline, untilEnding } from '../deadline.ts';
import { DomainError } from '../errors.ts';
import type { Directory, Portal, ReportQueue, Sealer } from '../ports.ts';
import type { LogOutDeps } from '../revoke/log-out-and-record.ts';
import type { Secret } from '../secret.ts';
import { type RefreshCredentials, type SessionMetadata, sessionIdOf } from '../session.ts';
import type { Regions } from '../sessions/end-session.ts';
import { keeping } from '../sessions/held-session.ts';
import type { TokenCache } from '../stores.ts';
import { checkAcceptance } from './acceptance.ts';
import { endFenced, reportEnded } from './end-fenced.ts';
import { standingFence, whyRefused } from './fence.ts';
import { claimedUser, type Owner, ownerOf } from './owner.ts';
import { heldOf, isBeyondRoom, isLive, noRoom } from './room.ts';

export interface RegisterSessionDeps extends LogOutDeps {
  tokenCache: LogOutDeps['tokenCache'] & Pick<TokenCache, 'find' | 'hold' | 'replace' | 'list' | 'fence'>;
  portal: Portal;
  portalRegions: Regions;
  sealer: Sealer;
  reports: ReportQueue;
  /** Undefined if the stack does not know its identity store. Then no user can be confirmed, and nothing is held. */
  directory: Directory | undefined;
  /** Whether the user's name is kept with the session, for the records. */
  recordsUserNames?: boolean;
  /** The longest that a sign-in session can live. */
  portalSessionSeconds: number;
  maxSessionsPerUser: number;
}

export interface RegisterSessionRequest {
  owner: Owner;
  accessToken: Secret;
  refresh?: RefreshCredentials | undefined;
  accessTokenExpiresAt: Date;
  region?: string | undefined;
  /** What the caller's tool says of itself and of its device. It is recorded, and decides nothing. */
  registeredWith?: string | undefined;
  requestedBy: string;
}

export interface SessionRegistered {
  sessionId: string;
  userId: string;
  expiresAt: Date;
  /** Whether the held session is known to have all that a refresh needs. Then the stack can end it until `expiresAt`. */
  refreshable: boolean;
  isNew: boolean;
}

/**
 * Holds a session, so that it can be ended when its user leaves. The request is checked: the directory must know the user, the
 * portal must accept the token now, and the expiry is at most the portal session's length ahead. Registering a session again
 * removes nothing: not its refresh token, Region or user.
 *
 * This function writes the session, then reads the fence. Revoking raises the fence, then reads the sessions. So one of the two
 * always sees the other. It takes three round trips in a row, four if it looks up a user name.
 *
 * @throws DomainError
 * - `not-your-session`: the caller may not register it.
 * - `session-expired`, `unknown-region`, `token-malformed`: the portal rejects the token. Nothing is held.
 * - `no-directory`, `user-not-found`: nobody can confirm the user. Nothing is held.
 * - `held-for-another-user`, `too-many-sessions`: nothing is held.
 * - `user-revoked`: the user may not sign in, or their sessions are being ended. This session is ended too, now or by a worker.
 * - `portal-throttled`, `portal-unavailable`, `directory-unavailable`, `cipher-unavailable`, `store-unavailable`: the session may
 *   not be held. Repeat.
 */
export async function registerSession(
  deps: RegisterSessionDeps,
  request: RegisterSessionRequest,
  deadline: Deadline,
): Promise<SessionRegistered> {
  const signal = untilEnding(deadline);
  const now = deps.clock();
  const { row, status, userName, region, sealed, known } = await confirm(deps, request, now, signal);
  const session = {
    ...row,
    region: known?.region ?? region,
    registeredAt: known?.registeredAt ?? now,
    expiresAt: expiryOf(deps, request, known, now),
    refreshable: request.refresh !== undefined,
    confirmed: true,
    ...registeredWithOf(request, known),
    ...(userName !== undefined && { userName }),
  };
  const { accessTokenExpiresAt } = request;
  const held = await deps.tokenCache.hold({ ...session, accessTokenExpiresAt, sealed }, signal);
  // Both after the write: a registration at the same moment may have taken the last room.
  const [refused, isCrowded] = await Promise.all([
    whyRefused(deps, { ...row, status }, signal),
    held === 'new' && isBeyondRoom(deps, row, now, signal),
  ]);
  if (refused) {
    const keep = keeping(deps.sealer, deps.tokenCache.replace, session, signal);
    const live = { tokens: tokensOf(request), region, accessTokenExpiresAt, keep };
    await endFenced(deps, session, live, request.requestedBy, deadline);
    throw refused;
  }
  if (isCrowded) {
    await deps.tokenCache.forget(row, signal);
    throw noRoom(deps);
  }
  const { expiresAt } = session;
  return { ...row, expiresAt, refreshable: isRefreshable(request, known), isNew: held === 'new' };
}

/** Asks directory, portal and token cache side by side whether this session may be held for this user. */
async function confirm(
  deps: RegisterSessionDeps,
  request: RegisterSessionRequest,
  now: Date,
  signal: AbortSignal,
) {
  // First of all: a caller who may not register anything must not cause requests to AWS.
  claimedUser(request.owner);
  const sessionId = sessionIdOf(request.accessToken);
  const prepareFor = (userId: string) => prepare(deps, request, { userId, sessionId }, signal);
  // Not Promise.all: of several failures, the caller must always see the same one.
  const [acceptance, owner, copies] = await Promise.allSettled([
    checkAcceptance(deps, request, signal),
    ownerOf(deps, request.owner, prepareFor, signal),
    deps.tokenCache.find(sessionId, signal),
  ]);
  if (isExpired(acceptance) && owner.status === 'fulfilled')
    await reportEnded(deps, owner.value, sessionId, signal);
  const region = settled(acceptance);
  const { userId, status, userName, sealed, own } = settled(owner);
  if (status === 'deleted' && !(await standingFence(deps, userId, signal))) {
    throw new DomainError('user-not-found', 'The identity store has no such user. Nothing is held.');
  }
  if (settled(copies).some((copy) => copy.userId !== userId)) throw heldForAnother();
  const known = own.find((session) => session.sessionId === sessionId);
  if (!known && own.filter(isLive(now)).length >= deps.maxSessionsPerUser) throw noRoom(deps);
  return { row: { userId, sessionId }, status, userName, region, sealed, known };
}

function isExpired(acceptance: PromiseSettledResult<string>): boolean {
  const reason: unknown = acceptance.status === 'rejected' ? acceptance.reason : undefined;
  return reason instanceof DomainError && reason.code === 'session-expired';
}

/** Does, side by side, all that needs only the user's id. */
async function prepare(
  { tokenCache, sealer, maxSessionsPerUser }: RegisterSessionDeps,
  request: RegisterSessionRequest,
  row: { userId: string; sessionId: string },
  signal: AbortSignal,
) {
  const [sealed, own] = await Promise.all([
    sealer.seal(tokensOf(request), row, signal),
    heldOf(tokenCache, row.userId, maxSessionsPerUser, signal),
  ]);
  return { sealed, own };
}

function heldForAnother(): DomainError {
  return new DomainError(
    'held-for-another-user',
    'This session is registered for another user. A session stays with the user who was confirmed first.',
  );
}

/** The portal accepts the token now, so a file that calls it expired is wrong. A held session never gets an earlier expiry. */
function expiryOf(
  { portalSessionSeconds }: RegisterSessionDeps,
  { refresh, accessTokenExpiresAt }: RegisterSessionRequest,
  known: SessionMetadata | undefined,
  now: Date,
): Date {
  // A copy with a refresh token stays as it is.
  if (known && known.refreshable !== false) return known.expiresAt;
  const longest = new Date(now.getTime() + portalSessionSeconds * 1000);
  const isBelieved = !refresh && accessTokenExpiresAt > now && accessTokenExpiresAt < longest;
  const proposed = isBelieved ? accessTokenExpiresAt : longest;
  return known && known.expiresAt > proposed ? known.expiresAt : proposed;
}

/** A copy of an earlier version does not say what it holds, and stays as it is. So it is not called refreshable. */
function isRefreshable({ refresh }: RegisterSessionRequest, known: SessionMetadata | undefined): boolean {
  if (known && known.refreshable !== false) return known.refreshable === true;
  return refresh !== undefined;
}

/** The tool that registered the session first. A copy of an earlier version does not say. */
function registeredWithOf(request: RegisterSessionRequest, known: SessionMetadata | undefined) {
  const registeredWith = known ? known.registeredWith : request.registeredWith;
  return registeredWith === undefined ? {} : { registeredWith };
}

function tokensOf({ accessToken, refresh }: RegisterSessionRequest) {
  return { accessToken, ...(refresh && { refresh }) };
}

function settled<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
