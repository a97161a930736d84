import { CreateTokenCommand, type SSOOIDCClient } from '@aws-sdk/client-sso-oidc';
import type { RefreshResult, TokenService } from '../../domain/ports.ts';
import { Secret } from '../../domain/secret.ts';
import { within } from '../clients.ts';
import { attemptsOf, failureOf } from '../failure.ts';

/** A retry never helps: the session has ended, or the client registration has expired. */
const REFUSALS = [
  'InvalidGrantException',
  'ExpiredTokenException',
  'UnauthorizedClientException',
  'InvalidClientException',
  'AccessDeniedException',
  'InvalidRequestException',
];

/**
 * Calls `sso-oidc:CreateToken` with the refresh token. The call is unsigned: what it sends is its only authority.
 *
 * @param clientFor - the client of a Region
 */
export function ssoTokenService(clientFor: (region: string) => SSOOIDCClient): TokenService {
  return {
    async refresh({ clientId, clientSecret, refreshToken }, region, signal) {
      try {
        const command = new CreateTokenCommand({
          clientId,
          clientSecret: clientSecret.reveal(),
          grantType: 'refresh_token',
          refreshToken: refreshToken.reveal(),
        });
        const answer = await within(signal, (options) => clientFor(region).send(command, options));
        const { accessToken, expiresIn = 0, refreshToken: next } = answer;
        if (!accessToken) return { kind: 'failed', failure: { name: 'NoAccessToken', status: 200 } };
        const rotated = next !== undefined && next !== refreshToken.reveal();
        return {
          kind: 'refreshed',
          accessToken: new Secret(accessToken),
          expiresInSeconds: expiresIn,
          ...(rotated && { refreshToken: new Secret(next) }),
        };
      } catch (error) {
        return answerTo(error);
      }
    },
  };
}

function answerTo(error: unknown): RefreshResult {
  const failure = failureOf(error);
  // After a retry a refusal is not final: the first attempt, which got no answer, may have exchanged the refresh token.
  const refused = REFUSALS.includes(failure.name) && !isForItsKey(error) && attemptsOf(error) === 1;
  return { kind: refused ? 'refused' : 'failed', failure };
}

/**
 * If a customer's key encrypts the identity store, `AccessDenied` and `InvalidRequest` are also the answers while that
 * key cannot be used: docs/facts.md § Refreshing a token. They then say nothing about the session, which may be alive.
 */
function isForItsKey(error: unknown): boolean {
  const reason = typeof error === 'object' && error !== null && 'reason' in error && error.reason;
  return typeof reason === 'string' && reason.startsWith('KMS_');
}
