import { type IdentityCenterIds, requireIds } from './identity-center-ids.ts';

export interface AccessRemovalProps {
  /**
   * Takes away what a removed person has of their own: direct account assignments, and memberships in groups that no other directory
   * owns. Never of somebody who was only signed out. Needs `identityStoreId` and `instanceArn`.
   *
   * @default false: whoever removes a person takes access away
   */
  readonly removeAccess?: boolean;
}

/** @returns undefined where it is off. @throws Error naming the property that it lacks */
export function resolveAccessRemoval(
  props: AccessRemovalProps & Partial<IdentityCenterIds>,
): IdentityCenterIds | undefined {
  return props.removeAccess ? requireIds('removeAccess', props) : undefined;
}
