import { sweep } from '../../../../lambda/domain/detect/sweep.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import { ampleTime, fakeDirectory, fakeWorld } from '../../../support/fakes.ts';
import { ALICE, BOB, fenceUntil, hold, someJob, someTokens } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const given = () => {
  const world = fakeWorld();
  return {
    ...world,
    clock: () => new Date('2026-01-01T12:00:00Z'),
    directory: fakeDirectory({ [ALICE]: 'enabled' }),
  };
};

test('disabled and deleted users are reported, and no others', async () => {
  const world = { ...given(), directory: fakeDirectory({ [ALICE]: 'enabled', [BOB]: 'disabled' }) };
  for (const userId of [ALICE, BOB, 'deleted']) await hold(world, userId, `of ${userId}`);
  const swept = await sweep(world, ampleTime());
  expect(swept).toEqual({
    sessionsHeld: 3,
    usersChecked: 3,
    pagesListed: 1,
    // Only users whom the listing does not call enabled.
    usersAsked: 2,
    usersGone: 2,
    usersBack: 0,
    slippedIn: 0,
    stuck: 0,
    unanswered: 0,
    listingsFailed: 0,
    unreadable: 0,
    finished: true,
  });
  const at = '2026-01-01T12:00:00.000Z';
  expect(world.reports.sent).toEqual([
    { kind: 'gone', userId: BOB, at },
    { kind: 'gone', userId: 'deleted', at },
  ]);
  // The sweep itself may change nothing.
  expect([world.queue.jobs, world.cache.notes, world.cache.fences.size]).toEqual([[], [], 0]);
});

test('a stuck revocation is reported, and one under way is not', async () => {
  const world = given();
  const [stuck, underWay] = [someJob({ userId: ALICE }), someJob({ userId: BOB, revocationId: 'other' })];
  const everyone = { ...stuck, kind: 'revoke-everyone', revocationId: 'all' } as const;
  await hold(world, BOB, 'one');
  const halfAnHourAgo = new Date('2026-01-01T11:30:00Z');
  for (const job of [stuck, everyone]) {
    await world.cache.noteBegun(job, new Date(halfAnHourAgo.getTime() - 1), signal);
  }
  await world.cache.noteBegun(underWay, halfAnHourAgo, signal);
  expect(await sweep(world, ampleTime())).toMatchObject({ stuck: 2, usersGone: 0, usersChecked: 0 });
  expect(world.reports.sent).toEqual([
    { kind: 'stuck', of: 'user', revocationId: stuck.revocationId },
    { kind: 'stuck', of: 'everyone', revocationId: 'all' },
  ]);
});

test('a user whose revocation is under way is reported neither as gone nor as registered under a fence', async () => {
  const world = given();
  await hold(world, BOB, 'one');
  await world.cache.raiseFence(BOB, fenceUntil(new Date('2026-01-01T13:00:00Z')), signal);
  expect(await sweep(world, ampleTime())).toMatchObject({ usersGone: 1, slippedIn: 1 });
  await world.cache.noteBegun(someJob({ userId: BOB }), world.clock(), signal);
  expect(await sweep(world, ampleTime())).toMatchObject({ usersGone: 0, slippedIn: 0 });
});

test('if the identity store fails for one user, the others are still checked', async () => {
  const world = given();
  for (const userId of [ALICE, BOB]) await hold(world, userId, `of ${userId}`);
  const statusOf = async (userId: string) => {
    if (userId === ALICE) throw new DomainError('directory-unavailable', 'down');
    return 'deleted' as const;
  };
  const swept = await sweep({ ...world, directory: { ...fakeDirectory(), statusOf } }, ampleTime());
  expect(swept).toMatchObject({ usersGone: 1, unanswered: 1, finished: true });
  expect(world.reports.sent).toMatchObject([{ kind: 'gone', userId: BOB }]);
});

test('a defect is not treated as an identity store that does not answer', async () => {
  const world = given();
  await hold(world, ALICE, 'one');
  const directory = { ...fakeDirectory(), statusOf: () => Promise.reject(new TypeError('bug')) };
  await expect(sweep({ ...world, directory }, ampleTime())).rejects.toThrow(TypeError);
});

test('unreadable notes are counted', async () => {
  const world = given();
  const tokenCache = { ...world.tokenCache, begun: async () => ({ jobs: [], unreadable: 2 }) };
  const swept = await sweep({ ...world, tokenCache }, ampleTime());
  expect(swept).toMatchObject({ unreadable: 2, finished: true });
});

test('a session registered while a fence stood is reported alone, and one registered later is not', async () => {
  const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));
  const world = given();
  const [early] = await hold(world, ALICE, 'early', 'late');
  for (const session of world.cache.sessions) {
    session.registeredAt = session.sessionId === early ? at(11) : new Date(at(11).getTime() + 1);
  }
  await world.cache.raiseFence(ALICE, fenceUntil(at(11), at(9)), signal);
  expect(await sweep(world, ampleTime())).toMatchObject({ slippedIn: 1, usersGone: 0 });
  expect(world.reports.sent).toEqual([{ kind: 'fenced', userId: ALICE, sessionId: early }]);
});

test('a session under a lowered fence is not reported', async () => {
  const world = given();
  await hold(world, ALICE, 'one');
  await world.cache.raiseFence(ALICE, fenceUntil(new Date('2026-01-01T13:00:00Z')), signal);
  await world.cache.lowerFence(ALICE, { at: world.clock(), isNoted: true }, signal);
  expect(await sweep(world, ampleTime())).toMatchObject({ slippedIn: 0 });
  expect(world.reports.sent).toEqual([]);
});

test('all sessions under a fence are reported, also across several pages', async () => {
  const world = given();
  await hold(world, ALICE, ...someTokens(250));
  await world.cache.raiseFence(ALICE, fenceUntil(new Date('2026-01-01T13:00:00Z')), signal);
  const list = jest.fn(world.tokenCache.list);
  const listing = { ...world, tokenCache: { ...world.tokenCache, list } };
  expect(await sweep(listing, ampleTime())).toMatchObject({ slippedIn: 250 });
  expect(list.mock.calls.map(([, { limit }]) => limit)).toEqual([100, 100, 100]);
  const reported = world.reports.sent.map((report) => 'sessionId' in report && report.sessionId);
  expect(new Set(reported).size).toBe(250);
});

test('without an identity store, stuck revocations and sessions under a fence are still reported', async () => {
  const world = { ...given(), directory: undefined };
  await hold(world, BOB, 'one');
  await world.cache.raiseFence(BOB, fenceUntil(new Date('2026-01-01T13:00:00Z')), signal);
  await world.cache.noteBegun(someJob({ userId: ALICE }), new Date(0), signal);
  const swept = await sweep(world, ampleTime());
  expect(swept).toMatchObject({ usersChecked: 0, usersGone: 0, stuck: 1, slippedIn: 1 });
});

test('if the queue fails, the run fails, and the next one reports the same again', async () => {
  const world = given();
  await hold(world, BOB, 'one');
  const reports = {
    ...world.reports,
    send: () => Promise.reject(new DomainError('queue-unavailable', 'down')),
  };
  await expect(sweep({ ...world, reports }, ampleTime())).rejects.toMatchObject({
    code: 'queue-unavailable',
  });
  expect(await sweep(world, ampleTime())).toMatchObject({ usersGone: 1 });
});

test('findings are reported before the last user is looked up', async () => {
  const world = given();
  const gone = Array.from({ length: 25 }, (_, n) => `gone-${n}`);
  for (const userId of gone) await hold(world, userId, `of ${userId}`);
  const reportedBy: number[] = [];
  const statusOf = async () => {
    reportedBy.push(world.reports.sent.length);
    return 'deleted' as const;
  };
  await sweep({ ...world, directory: { ...world.directory, statusOf } }, ampleTime());
  expect(reportedBy.at(-1)).toBe(20);
  expect(world.reports.sent).toHaveLength(25);
});

test('if time runs out, the result says so and reports neither gone users nor sessions under a fence', async () => {
  const world = given();
  for (const userId of [ALICE, BOB]) await hold(world, userId, `of ${userId}`);
  await world.cache.raiseFence(BOB, fenceUntil(new Date('2026-01-01T13:00:00Z')), signal);
  const swept = await sweep(world, { signal, remainingMillis: () => 9_999 });
  expect(swept).toMatchObject({ finished: false, unanswered: 2, usersGone: 0, slippedIn: 0, pagesListed: 0 });
});

test('only users with sessions are checked against fences, however many fences there are', async () => {
  const world = given();
  await hold(world, ALICE, 'one');
  for (const userId of [ALICE, BOB, 'carol'])
    await world.cache.raiseFence(userId, fenceUntil(new Date('2026-01-01T13:00:00Z')), signal);
  const list = jest.fn(world.tokenCache.list);
  await sweep({ ...world, tokenCache: { ...world.tokenCache, list } }, ampleTime());
  expect(list.mock.calls.map(([userId]) => userId)).toEqual([ALICE]);
});

describe('a user who is denied or fenced as removed, and may sign in again', () => {
  const NOW = new Date('2026-01-01T12:00:00Z');
  const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
  const denial = { userId: ALICE, revocationId: 'r1', until: new Date('2026-01-02T00:00:00Z') };

  test.each<[string, object, number]>([
    ['a removal', { cause: 'disabled', askedAt: minutesAgo(5) }, 1],
    ['a removal of before', {}, 1],
    ["the company's own word, an hour old", { cause: 'removed', askedAt: minutesAgo(60) }, 1],
    ["the company's own word, younger", { cause: 'removed', askedAt: minutesAgo(59) }, 0],
    ['a cutoff', { cause: 'signed-out', askedAt: minutesAgo(5), issuedBefore: minutesAgo(5) }, 0],
    ['a removal that is over', { cause: 'disabled', until: NOW }, 0],
    ['a removal that is lifted', { cause: 'disabled', lifted: { at: NOW, by: 'me' } }, 0],
  ])('%s: %j, reported: %i', async (_name, more, reported) => {
    const entries = async () => ({ entries: [{ ...denial, ...more }], unreadable: 0 });
    const world = { ...given(), denied: { entries } };
    expect(await sweep(world, ampleTime())).toMatchObject({ usersBack: reported, usersChecked: reported });
    expect(world.reports.sent).toEqual(reported ? [{ kind: 'back', userId: ALICE }] : []);
  });

  test('is not reported if the directory does not say enabled', async () => {
    const entries = async () => ({ entries: [{ ...denial, userId: BOB }], unreadable: 0 });
    const world = { ...given(), denied: { entries } };
    expect(await sweep(world, ampleTime())).toMatchObject({ usersBack: 0, usersChecked: 1, usersAsked: 0 });
  });

  test('is reported by the listing alone, because the worker looks the user up anyway', async () => {
    const entries = async () => ({ entries: [denial], unreadable: 0 });
    const statusOf = jest.fn();
    const base = given();
    const world = { ...base, denied: { entries }, directory: { ...base.directory, statusOf } };
    expect(await sweep(world, ampleTime())).toMatchObject({ usersBack: 1, pagesListed: 1 });
    expect(statusOf).not.toHaveBeenCalled();
  });

  test.each([
    ['90 days', new Date('2026-04-01T00:00:00Z'), 1],
    ["as long as the company's own word", new Date('2026-01-01T13:00:00Z'), 0],
  ])('is reported for a fence of 90 days only (%s)', async (_name, until, reported) => {
    const world = given();
    await world.cache.raiseFence(ALICE, fenceUntil(until), signal);
    expect(await sweep(world, ampleTime())).toMatchObject({ usersBack: reported });
  });

  test('is checked once per run, even if denied twice, fenced and signed in', async () => {
    const entries = async () => ({ entries: [denial, { ...denial, revocationId: 'r2' }], unreadable: 0 });
    const world = { ...given(), denied: { entries } };
    await hold(world, ALICE, 'one');
    await world.cache.raiseFence(ALICE, fenceUntil(new Date('2026-04-01T00:00:00Z')), signal);
    expect(await sweep(world, ampleTime())).toMatchObject({ usersChecked: 1, usersBack: 1, usersGone: 0 });
    expect(world.reports.sent.filter(({ kind }) => kind === 'back')).toHaveLength(1);
  });
});

test('a session registered after the request is not reported if the fence covers only sessions until the request', async () => {
  const world = given();
  await hold(world, ALICE, 'later');
  for (const held of world.cache.sessions) held.registeredAt = new Date('2026-01-01T11:00:01Z');
  const askedAt = new Date('2026-01-01T11:00:00Z');
  const fence = { until: new Date('2026-01-01T11:00:30Z'), coveredUntil: askedAt, askedAt };
  await world.cache.raiseFence(ALICE, fence, signal);
  expect(await sweep(world, ampleTime())).toMatchObject({ slippedIn: 0 });
});
