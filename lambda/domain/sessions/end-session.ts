import { DomainError, type Failure } from '../errors.ts';
import type { Clock, LogoutFailed, Portal, SessionEnded, TokenService } from '../ports.ts';
import type { Secret } from '../secret.ts';
import type { RefreshCredentials, SessionTokens } from '../session.ts';

export interface EndSessionDeps {
  clock: Clock;
  portal: Portal;
  tokenService: TokenService;
  /** Where the Identity Center instance lives; the first is the default. */
  portalRegions: Regions;
}

export type Regions = readonly [string, ...string[]];

export type KeepTokens = (tokens: SessionTokens, accessTokenExpiresAt: Date) => Promise<void>;

export interface LiveSession {
  tokens: SessionTokens;
  /** Where the session is said to live. It is asked first, and the configured Regions are asked all the same. */
  region?: string | undefined;
  /** When the access token expires; unknown when absent. */
  accessTokenExpiresAt?: Date | undefined;
  /**
   * Keeps what takes the place of the session's tokens: a refresh token that was exchanged is of no more use, and without
   * its successor the session could not be ended any more. Called before the fresh access token is used.
   */
  keep?: KeepTokens | undefined;
}

type Result = SessionEnded | LogoutFailed;

/**
 * Ends one sign-in session at the portal.
 *
 * A 401 is not proof of death: the access token lives an hour, the session longer, and Logout with a dead access token
 * ends nothing (docs/facts.md § Reasons for a 401). If there is a refresh token, a fresh access token is fetched when the
 * old one is expired or was answered 401. If that is refused, the access token at hand is tried, even when it is said to be
 * expired: so `ALREADY_INVALID` always has a Logout at every configured Region behind it.
 */
export async function endSession(
  deps: EndSessionDeps,
  session: LiveSession,
  signal: AbortSignal,
): Promise<Result> {
  const { accessToken, refresh } = session.tokens;
  const isExpired =
    session.accessTokenExpiresAt !== undefined && session.accessTokenExpiresAt <= deps.clock();
  const logOut = () => logOutAt(deps, accessToken, regionsOf(deps, session), signal);
  const first = refresh && isExpired ? undefined : await logOut();
  if (first && !isInvalid(first)) return first;
  const second = refresh && (await endByRefresh(deps, session, refresh, signal));
  if (second) return { ...second, attempts: second.attempts + (first?.attempts ?? 0) };
  return first ?? logOut();
}

/** Fetches a fresh access token and ends the session with it. @returns undefined when the token service refuses */
export async function endByRefresh(
  deps: EndSessionDeps,
  session: LiveSession,
  refresh: RefreshCredentials,
  signal: AbortSignal,
): Promise<Result | undefined> {
  for (const region of regionsOf(deps, session)) {
    const refreshed = await deps.tokenService.refresh(refresh, region, signal);
    if (refreshed.kind === 'refused') continue;
    if (refreshed.kind === 'failed') return unavailable(refreshed.failure);
    const { accessToken, refreshToken, expiresInSeconds } = refreshed;
    if (refreshToken && session.keep) {
      const expiresAt = new Date(deps.clock().getTime() + expiresInSeconds * 1000);
      await session.keep({ accessToken, refresh: { ...refresh, refreshToken } }, expiresAt);
    }
    return logOutAt(deps, accessToken, regionsOf(deps, session), signal);
  }
  return undefined;
}

/** The Regions to ask, one after the other: what a caller says of the Region is no reason to leave the configured ones out. */
function regionsOf({ portalRegions }: EndSessionDeps, { region }: LiveSession): Regions {
  const [first, ...rest] = new Set([region ?? portalRegions[0], ...portalRegions]);
  return [first ?? portalRegions[0], ...rest];
}

/** A success anywhere ends the session; a failure anywhere leaves open whether it is alive. */
async function logOutAt(
  { portal }: EndSessionDeps,
  accessToken: Secret,
  [first, ...others]: Regions,
  signal: AbortSignal,
): Promise<Result> {
  let standing = await portal.logout(accessToken, first, signal);
  for (const region of others) {
    if (standing.kind === 'ended' && !isInvalid(standing)) break;
    const next = await portal.logout(accessToken, region, signal);
    const attempts = standing.attempts + next.attempts;
    standing = { ...(isInvalid(next) ? standing : next), attempts };
  }
  return standing;
}

function isInvalid(result: Result): boolean {
  return result.kind === 'ended' && result.outcome === 'ALREADY_INVALID';
}

function unavailable(failure: Failure): LogoutFailed {
  return { kind: 'failed', why: 'unavailable', failure, attempts: 0 };
}

/** The error for a caller whose session the portal did not end. */
export function notEnded({ why, failure }: LogoutFailed): DomainError {
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
