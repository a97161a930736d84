import { DomainError, type Failure } from '../errors.ts';
import type { Clock, LogoutFailed, Portal, SessionEnded, TokenService } from '../ports.ts';
import type { SessionTokens } from '../session.ts';

export interface EndSessionDeps {
  clock: Clock;
  portal: Portal;
  tokenService: TokenService;
}

export type KeepTokens = (tokens: SessionTokens, accessTokenExpiresAt: Date) => Promise<void>;

export interface LiveSession {
  tokens: SessionTokens;
  /** Of the Identity Center instance; the configured one when absent. */
  region?: string | undefined;
  /** When the access token expires; unknown when absent. */
  accessTokenExpiresAt?: Date | undefined;
  /**
   * Keeps what takes the place of the session's tokens: a refresh token that was exchanged is of no more use, and without
   * its successor the session could not be ended any more. Called before the fresh access token is used.
   */
  keep?: KeepTokens | undefined;
}

/**
 * Ends one sign-in session at the portal.
 *
 * A 401 is not proof of death (docs/facts.md § Reasons for a 401): the access token lives an hour, the session longer, and
 * Logout with a dead access token ends nothing. Where there is a refresh token, a fresh access token is fetched when the old one is expired or was
 * answered 401; only when that is refused is the session `ALREADY_INVALID`.
 */
export async function endSession(
  deps: EndSessionDeps,
  session: LiveSession,
  signal: AbortSignal,
): Promise<SessionEnded | LogoutFailed> {
  const { accessToken, refresh } = session.tokens;
  const isExpired =
    session.accessTokenExpiresAt !== undefined && session.accessTokenExpiresAt <= deps.clock();
  const dead: SessionEnded = { kind: 'ended', outcome: 'ALREADY_INVALID', attempts: 0 };
  const first = refresh && isExpired ? dead : await deps.portal.logout(accessToken, session.region, signal);
  if (!refresh || first.kind !== 'ended' || first.outcome !== 'ALREADY_INVALID') return first;

  const refreshed = await deps.tokenService.refresh(refresh, session.region, signal);
  switch (refreshed.kind) {
    case 'refused':
      return first;
    case 'failed':
      return unavailable(refreshed.failure);
    case 'refreshed': {
      const { accessToken: fresh, refreshToken, expiresInSeconds } = refreshed;
      if (refreshToken && session.keep) {
        const expiresAt = new Date(deps.clock().getTime() + expiresInSeconds * 1000);
        await session.keep({ accessToken: fresh, refresh: { ...refresh, refreshToken } }, expiresAt);
      }
      const second = await deps.portal.logout(fresh, session.region, signal);
      return { ...second, attempts: first.attempts + second.attempts };
    }
  }
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
