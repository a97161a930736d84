import { randomUUID } from 'node:crypto';
import { newStoreId } from './users.ts';

/** The id that another directory gave to a group: it came by SCIM, and the next synchronization restores its members. */
export interface ExternalId {
  readonly issuer: string;
  readonly id: string;
}

export interface Group {
  readonly groupId: string;
  readonly displayName: string;
  readonly externalIds: readonly ExternalId[];
}

export interface Membership {
  readonly membershipId: string;
  readonly groupId: string;
  readonly userId: string;
}

/** The groups of the identity store, and their members. */
export interface Groups {
  /** @throws Error when the id is taken */
  create(group: Pick<Group, 'displayName'> & Partial<Group>): Group;
  get(groupId: string): Group | undefined;
  all(): Group[];
  /** @throws Error when there is no such group, or the user is in it already */
  join(groupId: string, userId: string): Membership;
  /** @returns false when there is no such membership */
  leave(membershipId: string): boolean;
  /** Deletes all memberships of a user, as the deletion of the user does. */
  leaveAll(userId: string): void;
  membershipsOf(userId: string): Membership[];
  memberships(): Membership[];
  /** The highest number of memberships on one page. */
  pageSize(): number;
  setPageSize(memberships: number): void;
}

export function createGroups(): Groups {
  const groups = new Map<string, Group>();
  const memberships = new Map<string, Membership>();
  let most = 100;
  const membershipsOf = (userId: string) => [...memberships.values()].filter((one) => one.userId === userId);
  return {
    create({ displayName, groupId = newStoreId(), externalIds = [] }) {
      if (groups.has(groupId)) throw new Error(`There is a group ${groupId} already.`);
      const group = { groupId, displayName, externalIds };
      groups.set(groupId, group);
      return group;
    },
    get: (groupId) => groups.get(groupId),
    all: () => [...groups.values()],
    join(groupId, userId) {
      if (!groups.has(groupId)) throw new Error(`There is no group ${groupId}.`);
      if (membershipsOf(userId).some((one) => one.groupId === groupId))
        throw new Error(`${userId} is in the group ${groupId} already.`);
      const membership = { membershipId: randomUUID(), groupId, userId };
      memberships.set(membership.membershipId, membership);
      return membership;
    },
    leave: (membershipId) => memberships.delete(membershipId),
    leaveAll(userId) {
      for (const { membershipId } of membershipsOf(userId)) memberships.delete(membershipId);
    },
    membershipsOf,
    memberships: () => [...memberships.values()],
    pageSize: () => most,
    setPageSize(size) {
      most = size;
    },
  };
}
