import type { ProcessEndedDeps } from '../../lambda/domain/ended-assignments/process-ended.ts';
import type { Assignment, PermissionSet } from '../../lambda/domain/ports.ts';
import { ACCOUNT, INSTANCE_ARN, PERMISSION_SET_ARN, STORE, USER_ID } from './events.ts';
import { denyingWorld } from './fake-deny-list.ts';

/** The account of the assignments of these tests. */
export const MEMBER_ACCOUNT = '111122223333';

/** The assignment that `assignmentDeletedEvent` is about, of the user or of a group. */
export function anAssignment(kind: 'user' | 'group' = 'user', more: Partial<Assignment> = {}): Assignment {
  const principal = { kind, id: kind === 'user' ? USER_ID : '7a31c0de-0000-4000-8000-000000000001' };
  return { accountId: MEMBER_ACCOUNT, permissionSetArn: PERMISSION_SET_ARN, principal, ...more };
}

/** A world in which nobody has an assignment. Its clock stands still until it is moved. */
export function assignmentsWorld() {
  const { world, denying, entries, wakes, pass } = denyingWorld();
  const state = {
    assignments: [] as Assignment[],
    permissionSet: { name: 'Admin', sessionSeconds: 3_600 } as PermissionSet | undefined,
    /** How often a user's assignments were listed. */
    asked: 0,
  };
  const deps: ProcessEndedDeps = {
    clock: world.clock,
    records: world.records,
    denying,
    senders: { accounts: [ACCOUNT], identityStoreId: STORE, instanceArn: INSTANCE_ARN },
    portalSessionSeconds: world.portalSessionSeconds,
    maxRoleSessionSeconds: world.maxRoleSessionSeconds,
    pace: async () => {},
    assignments: {
      async ofUser(userId, _, accountId) {
        state.asked += 1;
        if (userId !== USER_ID) return [];
        return state.assignments.filter((one) => accountId === undefined || one.accountId === accountId);
      },
    },
    permissionSets: { find: async (arn) => (arn === PERMISSION_SET_ARN ? state.permissionSet : undefined) },
  };
  return { deps, state, world, denying, entries, wakes, pass };
}
