type Status = 'ENABLED' | 'DISABLED' | 'DELETED';

/** What the directory says about users, now and a moment ago. A worker may use an answer of the last minute. */
export interface DirectorySays {
  says(userId: string, status: Status): void;
  /** At this moment. */
  isEnabled(userId: string): boolean;
  /** Whether somebody may still take the user for enabled, disabled or deleted. */
  mayBeThere(userId: string): boolean;
  mayBeGone(userId: string): boolean;
  mayBeDeleted(userId: string): boolean;
}

const REMEMBERED_MILLIS = 60_000;

export function createDirectory(): DirectorySays {
  const said = new Map<string, { status: Status; since: number }[]>();
  const historyOf = (userId: string) => said.get(userId) ?? [{ status: 'ENABLED' as const, since: 0 }];
  /** The statuses now and in the last minute. */
  const lately = (userId: string): Status[] =>
    historyOf(userId)
      .filter((_, n, all) => (all[n + 1]?.since ?? Number.POSITIVE_INFINITY) > Date.now() - REMEMBERED_MILLIS)
      .map(({ status }) => status);
  return {
    says: (userId, status) => void said.set(userId, [...historyOf(userId), { status, since: Date.now() }]),
    isEnabled: (userId) => historyOf(userId).at(-1)?.status === 'ENABLED',
    mayBeThere: (userId) => lately(userId).includes('ENABLED'),
    mayBeGone: (userId) => lately(userId).some((status) => status !== 'ENABLED'),
    mayBeDeleted: (userId) => lately(userId).includes('DELETED'),
  };
}
