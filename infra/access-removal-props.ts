import { type IdentityCenterIds, requireIds } from './identity-center-ids.ts';

export interface AccessRemovalProps {
  /**
   * Takes a removed person's own access away: direct account assignments, and memberships in groups that were created in Identity
   * Center. Nothing is taken from a person who was only signed out. Needs `identityStoreId` and `instanceArn`, in the account of
   * the instance or of its delegated administrator: docs/access.md.
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
