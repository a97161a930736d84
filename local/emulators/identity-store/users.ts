import { randomUUID } from 'node:crypto';

/** The identity store of the local run. Any other id of the right form means the same store. */
export const IDENTITY_STORE_ID = 'd-906791299c';

export interface User {
  readonly userId: string;
  readonly userName: string;
  readonly status: 'ENABLED' | 'DISABLED';
}

export interface NewUser {
  readonly userName: string;
  /** @default a new id in AWS's form */
  readonly userId?: string;
}

/** The users of the identity store. Changing a user does not end the user's sign-in sessions: the stack has to do that. */
export interface Users {
  /** @throws Error when the user name or the id is taken */
  create(user: NewUser): User;
  /** @returns false when there is no such user; so do `enable` and `delete` */
  disable(userId: string): boolean;
  enable(userId: string): boolean;
  delete(userId: string): boolean;
  get(userId: string): User | undefined;
  find(userName: string): User | undefined;
  all(): User[];
}

/** @param onDelete - called for each deleted user, so that the rest of the identity store forgets the user */
export function createUsers(onDelete: (userId: string) => void = () => {}): Users {
  const byId = new Map<string, User>();
  const byName = new Map<string, User>();
  const put = (user: User) => {
    byId.set(user.userId, user);
    byName.set(user.userName, user);
    return user;
  };
  const mark = (userId: string, status: User['status']) => {
    const user = byId.get(userId);
    if (user) put({ ...user, status });
    return user !== undefined;
  };
  return {
    create({ userName, userId = newStoreId() }) {
      if (byName.has(userName) || byId.has(userId))
        throw new Error(`There is a user ${userName} or ${userId} already.`);
      return put({ userId, userName, status: 'ENABLED' });
    },
    disable: (userId) => mark(userId, 'DISABLED'),
    enable: (userId) => mark(userId, 'ENABLED'),
    delete(userId) {
      const user = byId.get(userId);
      if (!user) return false;
      byName.delete(user.userName);
      onDelete(userId);
      return byId.delete(userId);
    },
    get: (userId) => byId.get(userId),
    find: (userName) => byName.get(userName),
    all: () => [...byId.values()],
  };
}

/** `906791299c-` and a UUID: ids of users and groups begin with the identity store's. */
export function newStoreId(): string {
  return `${IDENTITY_STORE_ID.slice(2)}-${randomUUID()}`;
}
