import { rolesEndAt } from '../access.ts';
import { earliest, later, PORTAL_FOLLOWS_SECONDS } from '../lifetimes.ts';
import type { RevocationHeader } from '../revocation.ts';

/**
 * When the denial of this revocation ends, whether it was in place or not: that of a sign-out only reaches what was issued
 * before the request, and that of an ended assignment what was issued until the portal has followed.
 */
export function denialEndsAt(header: RevocationHeader): Date {
  const { requestedAt, removedAt, access, portalSessionSeconds, maxRoleSessionSeconds } = header;
  if ('assignment' in header.subject)
    return later(requestedAt, PORTAL_FOLLOWS_SECONDS + maxRoleSessionSeconds);
  if (!removedAt) return later(requestedAt, maxRoleSessionSeconds);
  const end = later(removedAt, portalSessionSeconds + maxRoleSessionSeconds);
  return access?.takenAt ? earliest(end, rolesEndAt(access.takenAt, maxRoleSessionSeconds)) : end;
}
