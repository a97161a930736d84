import { type IdentityCenterIds, requireIds } from './identity-center-ids.ts';

export interface EndedAssignmentsProps {
  /**
   * Denies the role sessions that are left when an account assignment of a user ends, as just-in-time access tools end them.
   * Needs `roleSessions`, `identityStoreId`, `instanceArn`, and CloudTrail's events of the instance.
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
