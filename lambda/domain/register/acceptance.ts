import { DomainError } from '../errors.ts';
import type { Portal } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { notEnded, type Regions } from '../sessions/end-session.ts';

/**
 * Asks the portal of a configured Region whether it accepts the token.
 *
 * @returns the Region
 * @throws DomainError
 * - `unknown-region`: the Region is not configured, so the portal was not asked
 * - `session-expired`: the portal answers 401
 * - `token-malformed`, `portal-throttled`, `portal-unavailable`
 */
export async function checkAcceptance(
  { portal, portalRegions }: { portal: Portal; portalRegions: Regions },
  { accessToken, region = portalRegions[0] }: { accessToken: Secret; region?: string | undefined },
  signal: AbortSignal,
): Promise<string> {
  if (!portalRegions.includes(region)) {
    throw new DomainError(
      'unknown-region',
      `The IAM Identity Center instance is not in that region. Send ${portalRegions.join(' or ')}.`,
    );
  }
  const acceptance = await portal.accepts(accessToken, region, signal);
  if (acceptance.kind === 'accepted') return region;
  if (acceptance.kind === 'failed') throw notEnded(acceptance);
  throw new DomainError(
    'session-expired',
    'The access portal does not accept the access token: it is expired, signed out, or of another instance. Sign in again.',
    acceptance.failure,
  );
}
