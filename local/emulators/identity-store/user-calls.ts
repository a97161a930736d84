import type { Answer, ControlCalls } from '../ground/answer.ts';
import type { Users } from './users.ts';

const USER_ID = /^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Control calls that list and change the users of the identity store. */
export function userCalls(users: Users): ControlCalls {
  const answer = (userId: string): Answer => ({ status: 200, json: users.get(userId) });
  return {
    'GET /_emulator/users': () => ({ status: 200, json: users.all() }),
    'POST /_emulator/users': ({ userName, userId }) => {
      if (typeof userName !== 'string' || userName === '')
        return refused(400, 'userName must be a string that is not empty');
      if (userId !== undefined && !USER_ID.test(String(userId)))
        return refused(400, 'userId must have the form of a user id');
      if (users.find(userName) || users.get(String(userId)))
        return refused(409, 'There is such a user already.');
      const given = typeof userId === 'string' ? { userId } : {};
      return { status: 201, json: users.create({ userName, ...given }) };
    },
    'PUT /_emulator/users/{userId}': ({ status }, userId) => {
      if (status !== 'ENABLED' && status !== 'DISABLED')
        return refused(400, 'status must be ENABLED or DISABLED');
      const isThere = status === 'ENABLED' ? users.enable(userId) : users.disable(userId);
      return isThere ? answer(userId) : refused(404, 'There is no such user.');
    },
    'DELETE /_emulator/users/{userId}': (_, userId) =>
      users.delete(userId) ? { status: 204 } : refused(404, 'There is no such user.'),
  };
}

function refused(status: number, message: string): Answer {
  return { status, json: { message } };
}
