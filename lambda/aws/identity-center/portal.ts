import { ListAccountsCommand, LogoutCommand, type SSOClient } from '@aws-sdk/client-sso';
import type { LogoutFailed, Portal, PortalWatch, Turns } from '../../domain/ports.ts';
import { within } from '../clients.ts';
import { attemptsOf, failureOf, statusOf } from '../failure.ts';

/**
 * Calls `sso:Logout` and `sso:ListAccounts`. They are unsigned: the token is their only authority. Errors are distinguished by
 * status, because proxies leave out the error type. Dead, unknown and foreign tokens all get 401.
 *
 * @param clientFor - the client of a Region
 * @param configured - the Regions of the Identity Center instance
 * @param watch - called for each 429 of a Logout, even if an SDK retry then succeeds
 */
export function ssoPortal(
  clientFor: (region: string) => SSOClient,
  configured: readonly string[],
  watch: PortalWatch,
): Portal {
  return {
    async logout(accessToken, region, signal, turns) {
      const command = new LogoutCommand({ accessToken: accessToken.reveal() });
      const requests = eachInTurn(command, turns, watch, signal);
      try {
        await within(signal, (options) => clientFor(region).send(command, options));
        return { kind: 'ended', outcome: 'LOGGED_OUT', attempts: requests.sent() };
      } catch (error) {
        const attempts = requests.sent();
        if (attempts === 0 && signal.aborted) return outOfTime;
        if (statusOf(error) !== 401) return failed(error, attempts, !configured.includes(region));
        return { kind: 'ended', outcome: 'ALREADY_INVALID', attempts };
      }
    },

    async accepts(accessToken, region, signal) {
      try {
        // One account is enough to see that the token works: docs/facts.md § Reasons for a 401.
        const command = new ListAccountsCommand({ accessToken: accessToken.reveal(), maxResults: 1 });
        await within(signal, (options) => clientFor(region).send(command, options));
        return { kind: 'accepted' };
      } catch (error) {
        if (statusOf(error) !== 401) return failed(error, attemptsOf(error), !configured.includes(region));
        return { kind: 'rejected', failure: failureOf(error) };
      }
    },
  };
}

/** The deadline came before the turn: nothing was sent. */
const outOfTime: LogoutFailed = {
  kind: 'failed',
  why: 'unavailable',
  failure: { name: 'OutOfTime' },
  attempts: 0,
};

/**
 * Makes each request of the command wait for its turn, and reports throttled requests. It must sit inside the SDK's retries:
 * outside, a retried request and its 429 are not visible.
 */
function eachInTurn(
  command: LogoutCommand,
  turns: Turns | undefined,
  watch: PortalWatch,
  signal: AbortSignal,
): { sent(): number } {
  let sent = 0;
  command.middlewareStack.add(
    (next) => async (args) => {
      const tellThrottled = await turns?.next(signal);
      sent += 1;
      try {
        return await next(args);
      } catch (error) {
        if (statusOf(error) === 429) {
          tellThrottled?.();
          watch.throttled();
        }
        throw error;
      }
    },
    // After the SDK's own retries in this step, whose priority is high.
    { name: 'eachInTurn', step: 'finalizeRequest', priority: 'low' },
  );
  return { sent: () => sent };
}

function failed(error: unknown, attempts: number, isOtherRegion: boolean): LogoutFailed {
  const failure = failureOf(error);
  switch (statusOf(error)) {
    case 400:
      return { kind: 'failed', why: 'malformed-token', failure, attempts };
    case 429:
      return { kind: 'failed', why: 'throttled', failure, attempts };
  }
  // A mistyped Region has no host. A configured Region has one, so there it is a failure of the network.
  const noSuchHost = failure.name === 'ENOTFOUND' && isOtherRegion;
  return { kind: 'failed', why: noSuchHost ? 'unknown-region' : 'unavailable', failure, attempts };
}
