import type { Answer, ControlCalls } from '../ground/answer.ts';
import { badRequest } from '../ground/control.ts';
import type { ExternalId, Groups } from './groups.ts';
import type { Users } from './users.ts';

/** Control calls that set up groups and their members. */
export function groupCalls(users: Users, groups: Groups): ControlCalls {
  return {
    'GET /_emulator/groups': () => ({ status: 200, json: groups.all() }),
    'POST /_emulator/groups': ({ displayName, externalIds = [] }) => {
      if (typeof displayName !== 'string' || displayName === '')
        return badRequest('displayName must be a string that is not empty');
      if (!isExternalIds(externalIds)) return badRequest('externalIds must be a list of {issuer, id}');
      return { status: 201, json: groups.create({ displayName, externalIds }) };
    },
    'GET /_emulator/memberships': () => ({ status: 200, json: groups.memberships() }),
    'POST /_emulator/memberships': ({ groupId, userId }) => {
      if (!groups.get(String(groupId))) return refused(404, 'There is no such group.');
      if (!users.get(String(userId))) return refused(404, 'There is no such user.');
      const isMember = groups.membershipsOf(String(userId)).some((one) => one.groupId === groupId);
      if (isMember) return refused(409, 'The user is in that group already.');
      return { status: 201, json: groups.join(String(groupId), String(userId)) };
    },
    'DELETE /_emulator/memberships/{membershipId}': (_, membershipId) =>
      groups.leave(membershipId) ? { status: 204 } : refused(404, 'There is no such membership.'),
  };
}

function isExternalIds(value: unknown): value is ExternalId[] {
  return (
    Array.isArray(value) &&
    value.every((one) => typeof Object(one).issuer === 'string' && typeof Object(one).id === 'string')
  );
}

function refused(status: number, message: string): Answer {
  return { status, json: { message } };
}
