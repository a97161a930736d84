import { type IdentityCenterIds, requireIds } from './identity-center-ids.ts';

export interface AccessRemovalProps {
  /**
   * Takes a removed person's own access away: direct account assignments, and memberships in groups that were created in Identity
   * Center. A person who was only signed out keeps all access. Needs `identityStoreId` and `instanceArn`, in the account of
   * the instance or of its delegated administrator: docs/access.md.
   *
   * @default false: the system that removes a person must take access away
   */
  readonly removeAccess?: boolean;
}

/** @returns undefined if `removeAccess` is off. @throws Error naming the missing property */
export function resolveAccessRemoval(
  props: AccessRemovalProps & Partial<IdentityCenterIds>,
): IdentityCenterIds | undefined {
  return props.removeAccess ? requireIds('removeAccess', props) : undefined;
}
