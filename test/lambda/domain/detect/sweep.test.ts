import { sweep } from '../../../../lambda/domain/detect/sweep.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import type { ScanPage, TokenCache } from '../../../../lambda/domain/stores.ts';
import { ampleTime, fakeDirectory, fakeWorld } from '../../../support/fakes.ts';
import { ALICE, BOB, hold, someJob } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const given = () => {
  const world = fakeWorld();
  return {
    ...world,
    clock: () => new Date('2026-01-01T12:00:00Z'),
    directory: fakeDirectory({ [ALICE]: 'enabled' }),
  };
};

test('the disabled and the deleted are revoked, others are not', async () => {
  const world = { ...given(), directory: fakeDirectory({ [ALICE]: 'enabled', [BOB]: 'disabled' }) };
  for (const userId of [ALICE, BOB, 'deleted']) await hold(world, userId, `of ${userId}`);
  const swept = await sweep(world, ampleTime());
  expect(swept).toEqual({
    usersChecked: 3,
    usersRevoked: 2,
    requeued: 0,
    unanswered: 0,
    unreadable: 0,
    finished: true,
  });
  expect(world.queue.jobs).toMatchObject([
    { source: 'sweep', requestedBy: 'sweep', userId: BOB, cause: 'disabled' },
    { source: 'sweep', userId: 'deleted', cause: 'deleted' },
  ]);
});

test('a revocation that is stuck is queued again as it was, one that is under way is let be', async () => {
  const world = given();
  const [stuck, underWay] = [someJob({ userId: ALICE }), someJob({ userId: BOB, revocationId: 'other' })];
  await hold(world, BOB, 'one');
  await world.cache.noteBegun(stuck, new Date('2026-01-01T11:29:59.999Z'), signal);
  await world.cache.noteBegun(underWay, new Date('2026-01-01T11:30:00Z'), signal);
  expect(await sweep(world, ampleTime())).toMatchObject({ requeued: 1, usersRevoked: 0 });
  expect(world.queue.jobs).toEqual([stuck]);
});

test('an identity store that does not answer for one user does not stop the others', async () => {
  const world = given();
  for (const userId of [ALICE, BOB]) await hold(world, userId, `of ${userId}`);
  const statusOf = async (userId: string) => {
    if (userId === ALICE) throw new DomainError('directory-unavailable', 'down');
    return 'deleted' as const;
  };
  const swept = await sweep({ ...world, directory: { ...world.directory, statusOf } }, ampleTime());
  expect(swept).toMatchObject({ usersRevoked: 1, unanswered: 1, finished: true });
});

test('a defect is not taken for an identity store that does not answer', async () => {
  const world = given();
  await hold(world, ALICE, 'one');
  const directory = { ...world.directory, statusOf: () => Promise.reject(new TypeError('bug')) };
  await expect(sweep({ ...world, directory }, ampleTime())).rejects.toThrow(TypeError);
});

test('out of time, the next run goes on with the next page; after the last one it begins anew', async () => {
  const pages: ScanPage[] = ['a', 'b', 'c'].map((userId, n) => ({
    users: [{ userId, sessions: 1, since: new Date(0) }],
    begun: [],
    fences: [],
    unreadable: 0,
    ...(n < 2 && { next: String(n + 1) }),
  }));
  const scanned: number[] = [];
  const scan: TokenCache['scan'] = async (cursor) => {
    scanned.push(Number(cursor ?? 0));
    return pages[Number(cursor ?? 0)] ?? { users: [], begun: [], fences: [], unreadable: 0 };
  };
  const base = given();
  const world = { ...base, tokenCache: { ...base.tokenCache, scan } };
  const onePage = () => {
    const left = [60_000, 15_001];
    return { signal, remainingMillis: () => left.shift() ?? 15_000 };
  };
  const finished: boolean[] = [];
  for (let run = 0; run < 4; run += 1) finished.push((await sweep(world, onePage())).finished);
  expect(scanned).toEqual([0, 1, 2, 0]);
  expect(finished).toEqual([false, false, true, false]);
});

test('what cannot be understood is counted', async () => {
  const page: ScanPage = { users: [], begun: [], fences: [], unreadable: 2 };
  const world = given();
  const tokenCache = { ...world.tokenCache, scan: async () => page };
  const swept = await sweep({ ...world, tokenCache }, ampleTime());
  expect(swept).toMatchObject({ unreadable: 2, finished: true });
});

test('a session from the time of a fence slipped in, and is ended; one from after it did not', async () => {
  const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));
  for (const [registered, jobs] of [
    [10, 1],
    [11, 0],
  ] as const) {
    const world = given();
    await hold(world, ALICE, 'one');
    for (const session of world.cache.sessions) session.registeredAt = at(registered);
    await world.cache.raiseFence(ALICE, at(11), signal);
    await sweep(world, ampleTime());
    expect(world.queue.jobs).toHaveLength(jobs);
  }
});

test('without an identity store, what is stuck is found all the same', async () => {
  const world = { ...given(), directory: undefined };
  await hold(world, BOB, 'one');
  await world.cache.noteBegun(someJob({ userId: ALICE }), new Date(0), signal);
  expect(await sweep(world, ampleTime())).toMatchObject({ usersChecked: 0, usersRevoked: 0, requeued: 1 });
});

test('the identity store is asked at the pace it allows', async () => {
  const world = given();
  for (const userId of [ALICE, BOB]) await hold(world, userId, `of ${userId}`);
  const order: string[] = [];
  const pace = async () => void order.push('turn');
  const statusOf = async () => {
    order.push('asked');
    return 'enabled' as const;
  };
  await sweep({ ...world, pace, directory: { ...world.directory, statusOf } }, ampleTime());
  expect(order).toEqual(['turn', 'asked', 'turn', 'asked']);
});
