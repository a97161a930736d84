import { type IdentityCenterIds, requireIds } from './identity-center-ids.ts';

export interface EndedAssignmentsProps {
  /**
   * Denies the role sessions that are left when an account assignment of a user is deleted, as just-in-time access tools do. Needs
   * `roleSessions`, `identityStoreId`, `instanceArn`, and CloudTrail's events of the instance: docs/role-sessions.md.
   *
   * @default false
   */
  readonly denyEndedAssignments?: boolean;
}

/** @returns undefined where it is off. @throws Error naming the property that it lacks */
export function resolveEndedAssignments(
  props: EndedAssignmentsProps & Partial<IdentityCenterIds> & { readonly roleSessions?: object },
): IdentityCenterIds | undefined {
  if (!props.denyEndedAssignments) return undefined;
  if (!props.roleSessions)
    throw new Error('denyEndedAssignments needs roleSessions: the policies that deny.');
  return requireIds('denyEndedAssignments', props);
}
