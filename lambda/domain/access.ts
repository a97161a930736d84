import { later, PORTAL_FOLLOWS_SECONDS } from './lifetimes.ts';

// Add a new status to the list of statuses only: the types and the schema of the rows are derived from it.

/** A direct assignment of a user, or a group membership. Every membership counts, even if the group has no assignments. */
export type Grant =
  | { kind: 'assignment'; accountId: string; permissionSetArn: string }
  | { kind: 'membership'; groupId: string; membershipId: string };

/**
 * Why something cannot be taken away:
 * - `refused`: Identity Center refuses it, such as an assignment in the management account from a delegated administrator
 * - `external-group`: another directory owns the group, and its next synchronization would put the user back
 * - `failed`: the last attempt failed; a redrive tries again
 */
export const LEFT_REASONS = ['refused', 'external-group', 'failed'] as const;
export type LeftReason = (typeof LEFT_REASONS)[number];

/**
 * - `FOUND`: recorded before it is removed, so that a crash cannot lose what to restore
 * - `REMOVED`: it no longer exists
 * - `LEFT`: it cannot be removed
 * - `RESTORED`: it was restored, or never removed
 */
export const ITEM_STATES = ['FOUND', 'REMOVED', 'LEFT', 'RESTORED'] as const;
export type ItemState = (typeof ITEM_STATES)[number];

/** A grant that a removal found, with everything that is needed to restore it. */
export interface AccessItem {
  grant: Grant;
  state: ItemState;
  at: Date;
  /** Present if the state is `LEFT`. */
  why?: LeftReason;
}

/**
 * Whether the grant's fate is unknown. Identity Center may still complete a requested deletion, even after the last attempt.
 * Until then it lists the grant as if it stayed.
 */
export function isOpen({ state, why }: Pick<AccessItem, 'state' | 'why'>): boolean {
  return state === 'FOUND' || why === 'failed';
}

/**
 * - `PENDING`: it is queued
 * - `IN_PROGRESS`: grants are being removed, now or at the next attempt
 * - `COMPLETED`: the user has no grant of their own left
 * - `INCOMPLETE`: some grants cannot be removed
 * - `FAILED`: the last attempt failed; a redrive continues
 * - `STOPPED`: the identity store says that the user may sign in, so nothing more is removed
 * - `RESTORING`: the removed grants are being restored
 * - `RESTORED`: all of them are restored
 */
export const ACCESS_STATUSES = [
  'PENDING',
  'IN_PROGRESS',
  'COMPLETED',
  'INCOMPLETE',
  'FAILED',
  'STOPPED',
  'RESTORING',
  'RESTORED',
] as const;
export type AccessStatus = (typeof ACCESS_STATUSES)[number];

/** With one of these statuses, the removal takes no more access away. */
export const ACCESS_OVER: readonly AccessStatus[] = [
  'COMPLETED',
  'INCOMPLETE',
  'STOPPED',
  'RESTORING',
  'RESTORED',
];

/** Whether every grant that can be removed is removed. */
export function isAccessRemoved({ status }: Pick<Access, 'status'>): boolean {
  return status === 'COMPLETED' || status === 'INCOMPLETE';
}

export interface GrantCounts {
  removed: number;
  /** Grants that still exist, as far as the record says. */
  left: number;
}

/** The access that a removal took away, as its header states it. Each run counts again at its end. */
export interface Access {
  status: AccessStatus;
  /** When no grant was left. Once AWS has applied that, the user can obtain no role session. */
  takenAt?: Date;
  assignments: GrantCounts;
  memberships: GrantCounts;
}

/** The access of a removal that has just begun. */
export const ACCESS_PENDING: Readonly<Access> = {
  status: 'PENDING',
  assignments: { removed: 0, left: 0 },
  memberships: { removed: 0, left: 0 },
};

/** When the user's last role session ends, if the user had no grant left at `takenAt`. */
export function rolesEndAt(takenAt: Date, maxRoleSessionSeconds: number): Date {
  return later(takenAt, PORTAL_FOLLOWS_SECONDS + maxRoleSessionSeconds);
}

/** Identifies a grant of one user. It omits the membership id, because a restored membership has a new one. */
export function grantKey(grant: Grant): string {
  return grant.kind === 'assignment'
    ? `ASSIGNMENT#${grant.accountId}#${grant.permissionSetArn}`
    : `MEMBERSHIP#${grant.groupId}`;
}

export function accessOf(status: AccessStatus, items: AccessItem[], takenAt?: Date): Access {
  const count = (kind: Grant['kind']): GrantCounts => {
    const states = items.filter(({ grant }) => grant.kind === kind).map(({ state }) => state);
    return {
      removed: states.filter((state) => state === 'REMOVED').length,
      left: states.filter((state) => state === 'FOUND' || state === 'LEFT').length,
    };
  };
  return {
    status,
    ...(takenAt && { takenAt }),
    assignments: count('assignment'),
    memberships: count('membership'),
  };
}
