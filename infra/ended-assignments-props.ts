import { type IdentityCenterIds, requireIds } from './identity-center-ids.ts';

export interface EndedAssignmentsProps {
  /**
   * Denies the role sessions that outlive a deleted account assignment of a user. Just-in-time access tools delete such assignments.
   * Needs `roleSessions`, `identityStoreId`, `instanceArn`, and CloudTrail's events of the instance: docs/role-sessions.md.
   *
   * @default false
   */
  readonly denyEndedAssignments?: boolean;
}

/** @returns undefined if `denyEndedAssignments` is off. @throws Error naming the missing property */
export function resolveEndedAssignments(
  props: EndedAssignmentsProps & Partial<IdentityCenterIds> & { readonly roleSessions?: object },
): IdentityCenterIds | undefined {
  if (!props.denyEndedAssignments) return undefined;
  if (!props.roleSessions)
    throw new Error('denyEndedAssignments needs roleSessions: the policies that deny.');
  return requireIds('denyEndedAssignments', props);
}
