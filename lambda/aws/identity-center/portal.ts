import { LogoutCommand, type SSOClient } from '@aws-sdk/client-sso';
import type { LogoutFailed, Portal, SessionEnded } from '../../domain/ports.ts';
import { within } from '../clients.ts';
import { attemptsOf, failureOf, statusOf } from '../failure.ts';

/**
 * `sso:Logout`, unsigned: the token is its whole authority (docs/facts.md § sso:Logout). Errors are told apart by
 * status, because dead, unknown and foreign tokens all get 401 (§ Reasons for a 401) and proxies leave out the error type.
 *
 * @param clientFor - the client of a region; undefined stands for the configured one.
 */
export function ssoPortal(
  clientFor: (region: string | undefined) => SSOClient,
  configuredRegion: string,
): Portal {
  return {
    async logout(accessToken, region, signal) {
      try {
        const command = new LogoutCommand({ accessToken: accessToken.reveal() });
        const { $metadata } = await within(signal, (options) => clientFor(region).send(command, options));
        return { kind: 'ended', outcome: 'LOGGED_OUT', attempts: $metadata.attempts ?? 1 };
      } catch (error) {
        return answerTo(error, region !== undefined && region !== configuredRegion);
      }
    },
  };
}

function answerTo(error: unknown, isOtherRegion: boolean): SessionEnded | LogoutFailed {
  const failure = failureOf(error);
  const attempts = attemptsOf(error);
  switch (statusOf(error)) {
    case 401:
      return { kind: 'ended', outcome: 'ALREADY_INVALID', attempts };
    case 400:
      return { kind: 'failed', why: 'malformed-token', failure, attempts };
    case 429:
      return { kind: 'failed', why: 'throttled', failure, attempts };
  }
  // A region that someone mistyped has no host; the configured one had.
  const noSuchHost = failure.name === 'ENOTFOUND' && isOtherRegion;
  return { kind: 'failed', why: noSuchHost ? 'unknown-region' : 'unavailable', failure, attempts };
}
