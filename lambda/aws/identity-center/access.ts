import type { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { DomainError } from '../../domain/errors.ts';
import type { AccessGiver, AccessRemover, UserAccess } from '../../domain/ports.ts';
import { type AssignmentCenter, assignmentGiver, assignmentRemover } from './assignment-changes.ts';
import { ssoAdminAssignments } from './assignments.ts';
import { identityStoreMemberships } from './memberships.ts';

export interface IdentityCenter extends AssignmentCenter {
  identityStore: IdentitystoreClient;
  identityStoreId: string;
}

/** A user's own assignments and memberships in one Identity Center instance. */
export function userAccess(center: IdentityCenter): UserAccess {
  const assignments = ssoAdminAssignments(center.ssoAdmin, center.instanceArn);
  const memberships = identityStoreMemberships(center.identityStore, center.identityStoreId);
  return {
    async grantsOf(userId, signal) {
      const [assigned, joined] = await Promise.all([
        assignments.ofUser(userId, signal),
        memberships.of(userId, signal),
      ]);
      // A group's own assignment is never the user's.
      const own = assigned.filter(({ principal }) => principal.kind === 'user' && principal.id === userId);
      const direct = own.map(({ accountId, permissionSetArn }) => ({
        kind: 'assignment' as const,
        accountId,
        permissionSetArn,
      }));
      return [...direct, ...joined];
    },
  };
}

/** Removes grants, and cannot give any: docs/decisions/0011. */
export function accessRemover(center: IdentityCenter): AccessRemover {
  const memberships = identityStoreMemberships(center.identityStore, center.identityStoreId);
  const unassign = assignmentRemover(center);
  return {
    async remove(userId, grant, signal) {
      if (grant.kind === 'assignment') return unassign(userId, grant, signal);
      if (await memberships.isExternal(grant, signal)) return { left: 'external-group' };
      const isRefused = await refused(memberships.leave(grant, signal));
      return isRefused ? { left: 'refused' } : 'removed';
    },
  };
}

/** Restores removed grants. A function with this permission can make anybody an administrator. */
export function accessGiver(center: IdentityCenter): AccessGiver {
  const memberships = identityStoreMemberships(center.identityStore, center.identityStoreId);
  const assign = assignmentGiver(center);
  return {
    give: (userId, grant, signal) =>
      grant.kind === 'assignment' ? assign(userId, grant, signal) : memberships.join(userId, grant, signal),
  };
}

/** @returns whether it was refused. A missing identity store is not a refusal: this throws, because a person must repair it. */
async function refused(call: Promise<void>): Promise<boolean> {
  try {
    await call;
    return false;
  } catch (error) {
    const isKnown = error instanceof DomainError && error.code === 'assignments-refused';
    if (isKnown && error.cause?.name !== 'ResourceNotFoundException') return true;
    throw error;
  }
}
