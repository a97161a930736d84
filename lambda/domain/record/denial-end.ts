import { later, PORTAL_FOLLOWS_SECONDS } from '../lifetimes.ts';
import type { RevocationHeader } from '../revocation.ts';

/**
 * When the denial of this revocation ends, whether it was in place or not: that of a sign-out only reaches what was issued
 * before the request, and that of an ended assignment what was issued until the portal has followed.
 */
export function denialEndsAt(header: RevocationHeader): Date {
  const { requestedAt, removedAt, portalSessionSeconds, maxRoleSessionSeconds } = header;
  if ('assignment' in header.subject)
    return later(requestedAt, PORTAL_FOLLOWS_SECONDS + maxRoleSessionSeconds);
  return removedAt
    ? later(removedAt, portalSessionSeconds + maxRoleSessionSeconds)
    : later(requestedAt, maxRoleSessionSeconds);
}
