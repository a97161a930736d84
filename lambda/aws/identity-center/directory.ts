import {
  DescribeUserCommand,
  GetUserIdCommand,
  type IdentitystoreClient,
  ListUsersCommand,
  ResourceNotFoundException,
  type User,
} from '@aws-sdk/client-identitystore';
import { DomainError, type Failure } from '../../domain/errors.ts';
import type { Directory, DirectoryListing, DirectoryPage, DirectoryUser } from '../../domain/ports.ts';
import { within } from '../clients.ts';
import { failureOf, UNREADABLE } from '../failure.ts';

/** The identity store of one Identity Center instance. */
export function identityStoreDirectory(
  client: IdentitystoreClient,
  identityStoreId: string,
): Directory & DirectoryListing {
  async function userOf(userId: string, signal: AbortSignal): Promise<DirectoryUser> {
    const command = new DescribeUserCommand({ IdentityStoreId: identityStoreId, UserId: userId });
    try {
      const { UserId, UserName, UserStatus } = await within(signal, (options) =>
        client.send(command, options),
      );
      const named = UserName !== undefined && { userName: UserName };
      if (UserId && UserStatus === 'DISABLED') return { status: 'disabled', ...named };
      // Older answers have no status.
      if (UserId && (UserStatus ?? 'ENABLED') === 'ENABLED') return { status: 'enabled', ...named };
    } catch (error) {
      if (isNoSuchUser(error)) return { status: 'deleted' };
      throw unavailable(failureOf(error));
    }
    throw unavailable(UNREADABLE);
  }

  return {
    async userIdOf(userName, signal) {
      const command = new GetUserIdCommand({
        IdentityStoreId: identityStoreId,
        AlternateIdentifier: {
          UniqueAttribute: { AttributePath: 'userName', AttributeValue: userName },
        },
      });
      try {
        const { UserId } = await within(signal, (options) => client.send(command, options));
        if (UserId) return UserId;
      } catch (error) {
        throw isNoSuchUser(error) ? userNotFound(failureOf(error)) : unavailable(failureOf(error));
      }
      throw unavailable(UNREADABLE);
    },

    userOf,
    statusOf: async (userId, signal) => (await userOf(userId, signal)).status,

    async page(cursor, signal) {
      const command = new ListUsersCommand({
        IdentityStoreId: identityStoreId,
        MaxResults: LISTED_AT_ONCE,
        NextToken: cursor,
      });
      const call = within(signal, (options) => client.send(command, options));
      const { Users, NextToken } = await call.catch((error) => {
        throw unavailable(failureOf(error));
      });
      // A list without users is a page; an answer without a list is none.
      if (!Array.isArray(Users)) throw unavailable(UNREADABLE);
      return { users: Users.flatMap(toListed), ...(NextToken && { next: NextToken }) };
    },
  };
}

/** The most that one page may have: docs/facts.md § Identity store. */
const LISTED_AT_ONCE = 100;

const LISTED_STATUS = { ENABLED: 'enabled', DISABLED: 'disabled' } as const;

function toListed({ UserId, UserStatus }: User): DirectoryPage['users'] {
  return UserId ? [{ userId: UserId, status: UserStatus && LISTED_STATUS[UserStatus] }] : [];
}

/**
 * The same error also stands for an identity store that does not exist, and (`Reason`) for its encryption key:
 * docs/facts.md § Identity store. If either counted as "deleted", everyone would be signed out.
 */
function isNoSuchUser(error: unknown): boolean {
  return (
    error instanceof ResourceNotFoundException && (error.ResourceType ?? 'USER') === 'USER' && !error.Reason
  );
}

function userNotFound(failure: Failure): DomainError {
  return new DomainError(
    'user-not-found',
    'The identity store has no user of this name. Correct it, or send the userId: a deleted user has no other name.',
    failure,
  );
}

function unavailable(failure: Failure): DomainError {
  return new DomainError(
    'directory-unavailable',
    'The identity store cannot be asked. Send the same request again.',
    failure,
  );
}
