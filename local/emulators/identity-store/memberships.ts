import { randomUUID } from 'node:crypto';
import { pageOf } from '../ground/pages.ts';
import { type Handler, type Input, requireText, ServiceError } from '../ground/service.ts';
import type { Group, Groups, Membership } from './groups.ts';
import { notFound, requireStore } from './refusals.ts';
import type { Users } from './users.ts';

/** The identity store's operations on groups and their members. Only a user can be a member. */
export function membershipHandlers(users: Users, groups: Groups): Record<string, Handler> {
  const requireUser = (input: Input) => {
    const userId = String(Object(input.MemberId).UserId);
    if (!users.get(userId)) throw notFound('USER', userId);
    return userId;
  };
  const requireGroup = (input: Input) => {
    const group = groups.get(requireText(input, 'GroupId'));
    if (!group) throw notFound('GROUP', requireText(input, 'GroupId'));
    return group;
  };
  return {
    ListGroupMembershipsForMember(input) {
      requireStore(input);
      const memberships = groups.membershipsOf(requireUser(input));
      const { items, ...next } = pageOf(memberships, ({ groupId }) => groupId, input, groups.pageSize());
      return { GroupMemberships: items.map((one) => wireMembership(one, input)), ...next };
    },
    CreateGroupMembership(input) {
      requireStore(input);
      const [{ groupId }, userId] = [requireGroup(input), requireUser(input)];
      if (groups.membershipsOf(userId).some((one) => one.groupId === groupId)) throw alreadyMember();
      const { membershipId } = groups.join(groupId, userId);
      return { MembershipId: membershipId, IdentityStoreId: input.IdentityStoreId };
    },
    DeleteGroupMembership(input) {
      requireStore(input);
      const membershipId = requireText(input, 'MembershipId');
      if (!groups.leave(membershipId)) throw notFound('GROUP_MEMBERSHIP', membershipId);
      return {};
    },
    DescribeGroup(input) {
      requireStore(input);
      return wireGroup(requireGroup(input), input);
    },
  };
}

function wireMembership({ membershipId, groupId, userId }: Membership, { IdentityStoreId }: Input): object {
  return { IdentityStoreId, MembershipId: membershipId, GroupId: groupId, MemberId: { UserId: userId } };
}

/** A group that was created in Identity Center has no external ids. */
function wireGroup({ groupId, displayName, externalIds }: Group, { IdentityStoreId }: Input): object {
  const ExternalIds = externalIds.map(({ issuer, id }) => ({ Issuer: issuer, Id: id }));
  return {
    IdentityStoreId,
    GroupId: groupId,
    DisplayName: displayName,
    ...(ExternalIds.length > 0 && { ExternalIds }),
  };
}

function alreadyMember(): ServiceError {
  return new ServiceError('ConflictException', 'The user is a member of the group already.', 400, {
    RequestId: randomUUID(),
  });
}
