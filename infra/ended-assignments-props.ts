export interface EndedAssignmentsProps {
  /**
   * Denies the role sessions that are left when an account assignment of a user ends, as just-in-time access tools end them.
   * Needs `roleSessions`, `identityStoreId`, `instanceArn`, and CloudTrail's events of the instance.
   *
   * @default false
   */
  readonly denyEndedAssignments?: boolean;
}

/** What denying the role sessions of ended assignments takes. */
export interface EndedAssignmentsSettings {
  readonly instanceArn: string;
  readonly identityStoreId: string;
}

/** What it needs of the other properties. */
interface Needed {
  readonly instanceArn?: string;
  readonly identityStoreId?: string;
  readonly roleSessions?: object;
}

/** @returns undefined where it is off. @throws Error naming the property that it lacks */
export function resolveEndedAssignments(
  props: EndedAssignmentsProps & Needed,
): EndedAssignmentsSettings | undefined {
  const { denyEndedAssignments = false, instanceArn, identityStoreId, roleSessions } = props;
  if (!denyEndedAssignments) return undefined;
  if (!roleSessions) throw new Error('denyEndedAssignments needs roleSessions: the policies that deny.');
  if (identityStoreId === undefined) throw new Error('denyEndedAssignments needs identityStoreId.');
  if (instanceArn === undefined) throw new Error('denyEndedAssignments needs instanceArn.');
  return { instanceArn, identityStoreId };
}
