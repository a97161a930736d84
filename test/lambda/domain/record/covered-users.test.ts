import { readRevocation } from '../../../../lambda/domain/record/read-revocation.ts';
import { NONE } from '../../../../lambda/domain/revocation.ts';
import { requestEveryone } from '../../../../lambda/domain/revoke/request-everyone.ts';
import { ampleTime, fakeWorld } from '../../../support/fakes.ts';
import { ALICE, BOB } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const CAROL = `c${ALICE.slice(1)}`;
const DAVE = `d${ALICE.slice(1)}`;

async function given() {
  const world = fakeWorld();
  const { revocationId } = await requestEveryone(world, { requestedBy: 'x', reason: 'breach' }, ampleTime());
  const share = (userId: string, done: boolean, sessions: object) =>
    world.records.putUserShare(
      revocationId,
      {
        userId,
        revocationId: `of ${userId}`,
        done,
        at: new Date('2026-01-02'),
        sessions: { ...NONE, ...sessions },
      },
      signal,
    );
  // In a different order from that of the ids.
  await share(DAVE, false, {});
  await share(CAROL, true, { found: 1, failed: 1 });
  await share(BOB, true, {});
  await share(ALICE, true, { found: 2, loggedOut: 2 });
  const read = (limit: number, after?: string) =>
    readRevocation(world, revocationId, { limit, after }, ampleTime());
  return { read };
}

const ORDER = [ALICE, BOB, CAROL, DAVE].sort();
const STATUS = new Map([
  [ALICE, 'COMPLETED'],
  [BOB, 'NOTHING_HELD'],
  [CAROL, 'FAILED'],
  [DAVE, 'IN_PROGRESS'],
]);

test('a revocation of everyone lists each user with their own revocation and its status', async () => {
  const { read } = await given();
  const { users, nextCursor } = await read(100);
  expect(users?.map(({ userId, revocationId, status }) => [userId, revocationId, status])).toEqual(
    ORDER.map((id) => [id, `of ${id}`, STATUS.get(id)]),
  );
  expect(users?.[0]).toMatchObject({ at: '2026-01-02T00:00:00.000Z' });
  expect(nextCursor).toBeUndefined();
});

test.each([1, 2, 3, 4])(
  'with %i users a page, each is on exactly one page, and the counts are those of all',
  async (limit) => {
    const { read } = await given();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { users = [], sessions, nextCursor } = await read(limit, cursor);
      expect(sessions).toMatchObject({ found: 3, loggedOut: 2, failed: 1 });
      seen.push(...users.map(({ userId }) => userId));
      cursor = nextCursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(ORDER);
  },
);
