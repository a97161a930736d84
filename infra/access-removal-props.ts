export interface AccessRemovalProps {
  /**
   * Takes away what a removed person has of their own: direct account assignments, and memberships in groups that no other directory
   * owns. Never of somebody who was only signed out. Needs `identityStoreId` and `instanceArn`.
   *
   * @default false: whoever removes a person takes access away
   */
  readonly removeAccess?: boolean;
}

/** What taking access away takes. */
export interface AccessRemovalSettings {
  readonly instanceArn: string;
  readonly identityStoreId: string;
}

/** Where access is: what other functions need, too. */
interface IdentityCenterIds {
  readonly instanceArn?: string;
  readonly identityStoreId?: string;
}

/** @returns undefined where it is off. @throws Error naming the property that it lacks */
export function resolveAccessRemoval(
  props: AccessRemovalProps & IdentityCenterIds,
): AccessRemovalSettings | undefined {
  const { removeAccess = false, instanceArn, identityStoreId } = props;
  if (!removeAccess) return undefined;
  if (identityStoreId === undefined) throw new Error('removeAccess needs identityStoreId.');
  if (instanceArn === undefined) throw new Error('removeAccess needs instanceArn.');
  return { instanceArn, identityStoreId };
}
