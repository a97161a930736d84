import {
  ConflictException,
  CreateGroupMembershipCommand,
  DeleteGroupMembershipCommand,
  DescribeGroupCommand,
  type IdentitystoreClient,
  IdentitystoreServiceException,
  ListGroupMembershipsForMemberCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-identitystore';
import type { Grant } from '../../domain/access.ts';
import { DomainError, type Failure } from '../../domain/errors.ts';
import { within } from '../clients.ts';
import { failureOf, UNREADABLE } from '../failure.ts';

type Membership = Extract<Grant, { kind: 'membership' }>;

/** The memberships of users in the groups of one identity store. All functions throw the errors of the ports. */
export function identityStoreMemberships(client: IdentitystoreClient, IdentityStoreId: string) {
  /** None for a deleted user: Identity Center deletes the memberships with the user. */
  async function list(userId: string, signal: AbortSignal): Promise<Membership[]> {
    const all: Membership[] = [];
    let NextToken: string | undefined;
    do {
      const command = new ListGroupMembershipsForMemberCommand({
        IdentityStoreId,
        MemberId: { UserId: userId },
        MaxResults: 100,
        ...(NextToken !== undefined && { NextToken }),
      });
      const page = await unlessMissing('USER', () =>
        within(signal, (options) => client.send(command, options)),
      );
      if (page === undefined) return [];
      // An empty answer must not pass for a user without memberships.
      if (page.GroupMemberships === undefined) throw unavailable(UNREADABLE);
      for (const { GroupId: groupId, MembershipId: membershipId } of page.GroupMemberships) {
        if (!groupId || !membershipId) throw unavailable(UNREADABLE);
        all.push({ kind: 'membership', groupId, membershipId });
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return all;
  }

  return {
    of: list,

    /** Whether another directory owns the group: its synchronization would restore the membership. */
    async isExternal({ groupId }: Membership, signal: AbortSignal): Promise<boolean> {
      const command = new DescribeGroupCommand({ IdentityStoreId, GroupId: groupId });
      const group = await unlessMissing('GROUP', () =>
        within(signal, (options) => client.send(command, options)),
      );
      return (group?.ExternalIds ?? []).length > 0;
    },

    async leave({ membershipId }: Membership, signal: AbortSignal): Promise<void> {
      const command = new DeleteGroupMembershipCommand({ IdentityStoreId, MembershipId: membershipId });
      await unlessMissing('GROUP_MEMBERSHIP', () =>
        within(signal, (options) => client.send(command, options)),
      );
    },

    /** @returns `under-way` if another change of the group came in between */
    async join(userId: string, { groupId }: Membership, signal: AbortSignal): Promise<'given' | 'under-way'> {
      const command = new CreateGroupMembershipCommand({
        IdentityStoreId,
        GroupId: groupId,
        MemberId: { UserId: userId },
      });
      try {
        const { MembershipId } = await within(signal, (options) => client.send(command, options));
        if (MembershipId) return 'given';
      } catch (error) {
        if (!(error instanceof ConflictException)) throw asFailure(error);
        // The error means that the user is a member already, or that another change came in between. It need not say which:
        // docs/facts.md § Ending assignments.
        const standing = await list(userId, signal);
        return standing.some((each) => each.groupId === groupId) ? 'given' : 'under-way';
      }
      throw unavailable(UNREADABLE);
    },
  };
}

/**
 * @param what - what may be missing; the same error also stands for the identity store and its key
 * @returns undefined if that does not exist any more
 */
async function unlessMissing<T>(
  what: 'USER' | 'GROUP' | 'GROUP_MEMBERSHIP',
  call: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ResourceNotFoundException && error.ResourceType === what && !error.Reason)
      return undefined;
    throw asFailure(error);
  }
}

/** Answers that stay as they are until somebody changes a permission or a setting. */
const KNOWN = new Set(['AccessDeniedException', 'ResourceNotFoundException', 'ValidationException']);

function asFailure(error: unknown): DomainError {
  const isFinal = error instanceof IdentitystoreServiceException && KNOWN.has(error.name);
  if (!isFinal) return unavailable(failureOf(error));
  return new DomainError(
    'assignments-refused',
    'The identity store refuses to list or change group memberships: check what the role may do.',
    failureOf(error),
  );
}

function unavailable(failure: Failure): DomainError {
  return new DomainError(
    'assignments-unavailable',
    'The group memberships cannot be listed or changed now. Send the same request again.',
    failure,
  );
}
