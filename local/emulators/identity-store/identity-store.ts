import { pageOf } from '../ground/pages.ts';
import { type Handler, type Input, type JsonService, requireText, ServiceError } from '../ground/service.ts';
import type { Groups } from './groups.ts';
import { membershipHandlers } from './memberships.ts';
import { notFound, requireStore } from './refusals.ts';
import type { User, Users } from './users.ts';

/** Emulates the calls of the identity store that read users, and the calls of `memberships.ts`. */
export function identityStoreService(users: Users, groups: Groups): JsonService {
  return {
    name: 'identitystore',
    target: 'AWSIdentityStore',
    version: '1.1',
    messageName: 'Message',
    handlers: {
      GetUserId(input) {
        const user = find(users, input);
        return { UserId: user.userId, IdentityStoreId: input.IdentityStoreId };
      },
      DescribeUser(input) {
        requireStore(input);
        const user = users.get(requireText(input, 'UserId'));
        if (!user) throw notFound('USER', requireText(input, 'UserId'));
        return wireUser(user, input);
      },
      ListUsers(input) {
        requireStore(input);
        if (input.Filters !== undefined) throw new ServiceError('ValidationException', NO_FILTERS);
        const { items, ...next } = pageOf(users.all(), ({ userId }) => userId, input, MOST_USERS);
        return { Users: items.map((user) => wireUser(user, input)), ...next };
      },
      ...membershipHandlers(users, groups),
    } satisfies Record<string, Handler>,
    refusals: {
      throttle: new ServiceError('ThrottlingException', 'Rate exceeded'),
      fail: new ServiceError('InternalServerException', 'Internal server error', 500),
      reject: new ServiceError('ValidationException', 'The request is not valid.'),
    },
  };
}

/** The highest number of users on one page: docs/facts.md § Identity store. */
const MOST_USERS = 100;
const NO_FILTERS = 'The local identity store lists all users, without Filters.';

function wireUser({ userId, userName, status }: User, { IdentityStoreId }: Input): object {
  return { UserId: userId, UserName: userName, UserStatus: status, IdentityStoreId };
}

/** @throws ServiceError ResourceNotFoundException, ValidationException */
function find(users: Users, input: Input): User {
  requireStore(input);
  const { AttributePath, AttributeValue } = Object(Object(input.AlternateIdentifier).UniqueAttribute);
  // The API's own examples write it in different letter cases.
  if (String(AttributePath).toLowerCase() !== 'username')
    throw new ServiceError(
      'ValidationException',
      'The local identity store finds a user by UniqueAttribute userName only.',
    );
  const user = users.find(String(AttributeValue));
  if (!user) throw notFound('USER');
  return user;
}
