import { ListAccountsCommand, LogoutCommand, type SSOClient } from '@aws-sdk/client-sso';
import type { LogoutFailed, Portal } from '../../domain/ports.ts';
import { within } from '../clients.ts';
import { attemptsOf, failureOf, statusOf } from '../failure.ts';

/**
 * `sso:Logout` and `sso:ListAccounts`, unsigned: the token is their whole authority. The operations' errors are told apart by
 * status, since dead, unknown and foreign tokens all answer 401 and proxies leave out the error type.
 *
 * @param clientFor - the client of a Region
 * @param configured - the Regions of the Identity Center instance
 */
export function ssoPortal(clientFor: (region: string) => SSOClient, configured: readonly string[]): Portal {
  return {
    async logout(accessToken, region, signal) {
      try {
        const command = new LogoutCommand({ accessToken: accessToken.reveal() });
        const { $metadata } = await within(signal, (options) => clientFor(region).send(command, options));
        return { kind: 'ended', outcome: 'LOGGED_OUT', attempts: $metadata.attempts ?? 1 };
      } catch (error) {
        if (statusOf(error) !== 401) return failed(error, !configured.includes(region));
        return { kind: 'ended', outcome: 'ALREADY_INVALID', attempts: attemptsOf(error) };
      }
    },

    async accepts(accessToken, region, signal) {
      try {
        // One account is enough to see that the token works: docs/facts.md § Reasons for a 401.
        const command = new ListAccountsCommand({ accessToken: accessToken.reveal(), maxResults: 1 });
        await within(signal, (options) => clientFor(region).send(command, options));
        return { kind: 'accepted' };
      } catch (error) {
        if (statusOf(error) !== 401) return failed(error, !configured.includes(region));
        return { kind: 'rejected', failure: failureOf(error) };
      }
    },
  };
}

function failed(error: unknown, isOtherRegion: boolean): LogoutFailed {
  const failure = failureOf(error);
  const attempts = attemptsOf(error);
  switch (statusOf(error)) {
    case 400:
      return { kind: 'failed', why: 'malformed-token', failure, attempts };
    case 429:
      return { kind: 'failed', why: 'throttled', failure, attempts };
  }
  // A region that someone mistyped has no host; the configured one had.
  const noSuchHost = failure.name === 'ENOTFOUND' && isOtherRegion;
  return { kind: 'failed', why: noSuchHost ? 'unknown-region' : 'unavailable', failure, attempts };
}
