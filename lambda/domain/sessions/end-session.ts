import { DomainError, type Failure } from '../errors.ts';
import type { Clock, LogoutFailed, Portal, SessionEnded, TokenService } from '../ports.ts';
import type { Secret } from '../secret.ts';
import type { RefreshCredentials, SessionTokens } from '../session.ts';

export interface EndSessionDeps {
  clock: Clock;
  portal: Portal;
  tokenService: TokenService;
  /** The Regions of the Identity Center instance. The first is the default. */
  portalRegions: Regions;
}

export type Regions = readonly [string, ...string[]];

export type KeepTokens = (tokens: SessionTokens, accessTokenExpiresAt: Date) => Promise<void>;

export interface LiveSession {
  tokens: SessionTokens;
  /** The Region of the session, as the caller says. It is asked before the configured Regions. */
  region?: string | undefined;
  /** When the access token expires; absent if that is not known. */
  accessTokenExpiresAt?: Date | undefined;
  /**
   * Stores the new tokens of a refresh, before the new access token is used. The old refresh token may stop working. Then nobody
   * could end the session if a crash lost the new one.
   */
  keep?: KeepTokens | undefined;
}

type Result = SessionEnded | LogoutFailed;

/**
 * Ends one sign-in session at the portal.
 *
 * A 401 does not prove that the session is over: the access token lives for one hour, and the session lives longer. Logout with an
 * expired access token ends nothing: docs/facts.md § Reasons for a 401. So if there is a refresh token, it is exchanged for a new
 * access token when the old one is expired or gets a 401. If the exchange is refused, the old access token is tried, even if it
 * seems to be expired. So `ALREADY_INVALID` always means that a Logout was sent to every configured Region.
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

/** Gets a new access token and ends the session with it. @returns undefined if the token service refuses at every Region */
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

/** The Regions to ask, one after the other. The configured ones are always asked, because the caller's Region may be wrong. */
function regionsOf({ portalRegions }: EndSessionDeps, { region }: LiveSession): Regions {
  const [first, ...rest] = new Set([region ?? portalRegions[0], ...portalRegions]);
  return [first ?? portalRegions[0], ...rest];
}

/** Tries the Regions until a Logout succeeds. If none succeeds and one of them fails, the session may be alive. */
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
        'The access portal failed, or its answer is unreadable. The session may still be alive; send the same request again.',
        failure,
      );
  }
}
