import { rolesEndAt } from '../access.ts';
import { earliest, later, PORTAL_FOLLOWS_SECONDS } from '../lifetimes.ts';
import type { RevocationHeader } from '../revocation.ts';

/**
 * When the denial of this revocation ends, even if it was never in place. The denial of a sign-out covers role sessions that were
 * issued before the request. The denial of an ended assignment also covers the hour in which the portal may still issue some.
 */
export function denialEndsAt(header: RevocationHeader): Date {
  const { requestedAt, removedAt, access, portalSessionSeconds, maxRoleSessionSeconds } = header;
  if ('assignment' in header.subject)
    return later(requestedAt, PORTAL_FOLLOWS_SECONDS + maxRoleSessionSeconds);
  if (!removedAt) return later(requestedAt, maxRoleSessionSeconds);
  const end = later(removedAt, portalSessionSeconds + maxRoleSessionSeconds);
  return access?.takenAt ? earliest(end, rolesEndAt(access.takenAt, maxRoleSessionSeconds)) : end;
}
