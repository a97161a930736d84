import { type RemoveAccessDeps, removeAccess } from '../../../../lambda/domain/access/remove-access.ts';
import { grantKey } from '../../../../lambda/domain/access.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import { fakeDirectory, storeUnavailable } from '../../../support/fakes.ts';
import { ALICE, BOB } from '../../../support/sessions.ts';
import {
  accessWorld,
  ample,
  assignment,
  firstTime,
  HOUR,
  ID,
  job,
  lastTime,
  membership,
  removal,
  START,
  signal,
} from './world.ts';

const run = (deps: RemoveAccessDeps, change: object = {}, attempt = firstTime, deadline = ample()) =>
  removeAccess(deps, JSON.stringify({ ...job, ...change }), deadline, attempt);
const unavailable = () => new DomainError('assignments-unavailable', 'Throttled.');
const done = { kind: 'access-removed', revocationId: ID, what: 'access' };

describe('removing the access of a removed user', () => {
  test('removes everything, and records what is needed to restore it', async () => {
    const world = await accessWorld([assignment('1'), assignment('2'), membership('g')]);
    expect(await run(world.deps)).toEqual(done);
    expect(world.fake.of(ALICE)).toEqual([]);
    expect(await world.items()).toEqual(['1 REMOVED', '2 REMOVED', 'g REMOVED']);
    expect((await world.header())?.access).toEqual({
      status: 'COMPLETED',
      takenAt: new Date(START),
      assignments: { removed: 2, left: 0 },
      memberships: { removed: 1, left: 0 },
    });
    expect(world.left).toEqual([]);
  });

  test('is complete at once if the user has no access', async () => {
    const world = await accessWorld([]);
    expect(await run(world.deps)).toEqual(done);
    expect((await world.header())?.access).toMatchObject({ status: 'COMPLETED', takenAt: new Date(START) });
  });

  test('records each grant before it removes it', async () => {
    const world = await accessWorld([assignment('1')]);
    const before: string[][] = [];
    const { remove } = world.deps.access;
    world.deps.access.remove = async (...args) => {
      before.push(await world.items());
      return remove(...args);
    };
    await run(world.deps);
    expect(before).toEqual([['1 FOUND']]);
  });

  test('leaves, records and counts what cannot be removed, and does not shorten the denial', async () => {
    const world = await accessWorld([assignment('1'), assignment('9'), membership('scim')]);
    world.fake.fates.set(grantKey(assignment('9')), { left: 'refused' });
    world.fake.fates.set(grantKey(membership('scim')), { left: 'external-group' });
    expect(await run(world.deps)).toEqual(done);
    expect(await world.items()).toEqual(['1 REMOVED', '9 LEFT refused', 'scim LEFT external-group']);
    const { access } = (await world.header()) ?? {};
    expect(access).toMatchObject({ status: 'INCOMPLETE', assignments: { removed: 1, left: 1 } });
    expect(access).not.toHaveProperty('takenAt');
    expect(world.left).toEqual([{ revocationId: ID, status: 'INCOMPLETE', left: 2 }]);
    expect(world.denying.wakes()).toBe(0);
  });

  test('also removes what is granted meanwhile', async () => {
    const world = await accessWorld([assignment('1')]);
    const { remove } = world.deps.access;
    let given = 0;
    world.deps.access.remove = async (userId, grant, abort) => {
      const taken = await remove(userId, grant, abort);
      if (given++ === 0) await world.deps.access.give(userId, membership('late'), abort);
      return taken;
    };
    expect(await run(world.deps)).toEqual(done);
    expect(await world.items()).toEqual(['1 REMOVED', 'late REMOVED']);
  });

  test('finds that a grant is gone if a run crashed before it recorded its removal', async () => {
    const world = await accessWorld([assignment('1')]);
    const gone = { grant: assignment('2'), state: 'FOUND', at: new Date(0) } as const;
    await world.deps.records.putAccessItem(ID, gone, signal);
    expect(await run(world.deps)).toEqual(done);
    expect(await world.items()).toEqual(['1 REMOVED', '2 REMOVED']);
  });

  test('returns the message while a change is under way, and completes it then', async () => {
    const world = await accessWorld([assignment('1')]);
    world.fake.fates.set(grantKey(assignment('1')), 'under-way');
    expect(await run(world.deps)).toMatchObject({ kind: 'not-ended' });
    expect((await world.header())?.access).toMatchObject({
      status: 'IN_PROGRESS',
      assignments: { removed: 0, left: 1 },
    });
    world.fake.fates.clear();
    expect(await run(world.deps)).toEqual(done);
  });

  test('queues the rest as a new message after progress, and returns the message without any', async () => {
    const world = await accessWorld([assignment('1'), assignment('2')]);
    world.fake.fates.set(grantKey(assignment('2')), unavailable());
    expect(await run(world.deps)).toMatchObject({ kind: 'continued' });
    expect(world.sent).toEqual([job]);
    await expect(run(world.deps)).rejects.toMatchObject({ code: 'assignments-unavailable' });
    expect(world.sent).toHaveLength(1);
  });

  test('begins nothing more when the time is over', async () => {
    const world = await accessWorld([assignment('1'), assignment('2')]);
    let left = 29_000;
    const deadline = { signal, remainingMillis: () => left };
    const { remove } = world.deps.access;
    world.deps.access.remove = async (...args) => {
      left = 9_000;
      return remove(...args);
    };
    expect(await run(world.deps, {}, firstTime, deadline)).toMatchObject({ kind: 'continued' });
    expect(await world.items()).toEqual(['1 REMOVED', '2 FOUND']);
  });

  test('gives up at the last attempt and counts that; a redrive completes it', async () => {
    const world = await accessWorld([assignment('1')]);
    world.fake.fates.set(grantKey(assignment('1')), unavailable());
    await expect(run(world.deps, {}, lastTime)).rejects.toMatchObject({ code: 'assignments-unavailable' });
    expect(await world.items()).toEqual(['1 LEFT failed']);
    expect((await world.header())?.access?.status).toBe('FAILED');
    expect(world.left).toEqual([{ revocationId: ID, status: 'FAILED', left: 1 }]);
    world.fake.fates.clear();
    expect(await run(world.deps)).toEqual(done);
    expect(await world.items()).toEqual(['1 REMOVED']);
  });

  test('is FAILED if it gives up because the directory does not answer; a redrive completes it', async () => {
    const world = await accessWorld([assignment('1')]);
    const { directory } = world.deps;
    const away = async () => Promise.reject(new DomainError('directory-unavailable', 'Away.'));
    world.deps.directory = { ...directory, statusOf: away };
    for (const [attempt, status] of [
      [firstTime, 'IN_PROGRESS'],
      [lastTime, 'FAILED'],
    ] as const) {
      await expect(run(world.deps, {}, attempt)).rejects.toMatchObject({ code: 'directory-unavailable' });
      expect((await world.header())?.access?.status).toBe(status);
    }
    world.deps.directory = directory;
    expect(await run(world.deps)).toEqual(done);
    expect(await world.items()).toEqual(['1 REMOVED']);
  });

  test('removes nothing if the list fails', async () => {
    const world = await accessWorld([assignment('1')]);
    world.deps.access.grantsOf = async () => Promise.reject(unavailable());
    await expect(run(world.deps)).rejects.toMatchObject({ code: 'assignments-unavailable' });
    expect(world.fake.calls).toEqual([]);
    await expect(run(world.deps, {}, lastTime)).rejects.toMatchObject({ code: 'assignments-unavailable' });
    expect((await world.header())?.access?.status).toBe('FAILED');
  });

  test('does not block the next run if the store fails midway', async () => {
    const world = await accessWorld([assignment('1')]);
    const { putAccessItem } = world.deps.records;
    world.deps.records.putAccessItem = async () => Promise.reject(storeUnavailable());
    await expect(run(world.deps)).rejects.toMatchObject({ code: 'store-unavailable' });
    world.deps.records.putAccessItem = putAccessItem;
    expect(await run(world.deps)).toEqual(done);
  });
});

describe('the denial of the removal', () => {
  const until = new Date(START + 20 * HOUR);
  const enter = async (world: Awaited<ReturnType<typeof accessWorld>>) => {
    const denial = { userId: ALICE, revocationId: ID, cause: 'disabled', until } as const;
    await world.denying.list.enter(denial, signal);
    return async () => (await world.denying.list.entriesOf(ALICE, signal)).map((entry) => entry.until);
  };

  test('ends one hour and the longest role session after the last grant was removed', async () => {
    const world = await accessWorld([assignment('1')]);
    const ends = await enter(world);
    await run(world.deps);
    expect(await ends()).toEqual([new Date(START + 13 * HOUR)]);
    expect(world.denying.wakes()).toBe(1);
  });

  test('is also shortened by the repetition, if a crash came before', async () => {
    const world = await accessWorld([assignment('1')]);
    const ends = await enter(world);
    const { shorten } = world.denying.list;
    world.denying.list.shorten = async () => Promise.reject(storeUnavailable());
    await expect(run(world.deps)).rejects.toMatchObject({ code: 'store-unavailable' });
    expect((await world.header())?.access?.status).toBe('COMPLETED');
    world.denying.list.shorten = shorten;
    world.pass(HOUR);
    expect(await run(world.deps)).toEqual(done);
    expect(await ends()).toEqual([new Date(START + 13 * HOUR)]);
  });

  test('is never prolonged', async () => {
    const world = await accessWorld([assignment('1')]);
    const ends = await enter(world);
    world.pass(10 * HOUR);
    await run(world.deps);
    expect(await ends()).toEqual([until]);
  });
});

describe('keeping access', () => {
  test.each([
    ['nothing is recorded under the id', {}, { revocationId: `user.${'x'.repeat(43)}` }],
    ['the revocation is of somebody else', {}, { userId: BOB }],
    ['the user was only signed out', { removedAt: undefined }, {}],
    ['the stack took no access away when it was recorded', { access: undefined }, {}],
    ['the revocation is of one session', { subject: { sessionId: 's', userId: ALICE } }, {}],
  ])('if %s, the message returns and changes nothing', async (_, change, asked) => {
    const header = Object.fromEntries(
      Object.entries({ ...removal, ...change }).filter(([, value]) => value !== undefined),
    ) as unknown as typeof removal;
    const world = await accessWorld([assignment('1')], { header });
    await expect(run(world.deps, asked)).rejects.toMatchObject({ code: 'revocation-not-found' });
    expect(world.fake.calls).toEqual([]);
  });

  test.each([
    'no JSON',
    '{}',
    JSON.stringify({ ...job, userId: '*' }),
    JSON.stringify({ ...job, kind: 'x' }),
  ])('the message %s is malformed', async (body) => {
    const world = await accessWorld([assignment('1')]);
    await expect(removeAccess(world.deps, body, ample(), firstTime)).rejects.toMatchObject({
      code: 'message-malformed',
    });
  });

  test.each(['deleted', 'disabled', 'removed'] as const)(
    'a user who is enabled keeps access after the cause %s',
    async (cause) => {
      const world = await accessWorld([assignment('1')], {
        directory: fakeDirectory({ [ALICE]: 'enabled' }),
      });
      // The company's own event stands for an hour.
      if (cause === 'removed') world.pass(HOUR);
      expect(await run(world.deps, { cause })).toEqual(done);
      expect((await world.header())?.access?.status).toBe('STOPPED');
      expect(world.fake.calls).toEqual([]);
    },
  );

  test('a user who is enabled again keeps what is left, and what an earlier run had asked to delete is recorded as gone', async () => {
    const world = await accessWorld([assignment('1'), assignment('3')], {
      directory: fakeDirectory({ [ALICE]: 'enabled' }),
    });
    for (const id of ['1', '2'])
      await world.deps.records.putAccessItem(
        ID,
        { grant: assignment(id), state: 'FOUND', at: new Date(0) },
        signal,
      );
    expect(await run(world.deps)).toEqual(done);
    expect(await world.items()).toEqual(['1 FOUND', '2 REMOVED']);
    expect((await world.header())?.access).toMatchObject({
      status: 'STOPPED',
      assignments: { removed: 1, left: 1 },
    });
  });

  test("for an hour, the company's own event removes access, whatever the directory says", async () => {
    const world = await accessWorld([assignment('1')], { directory: fakeDirectory({ [ALICE]: 'enabled' }) });
    world.pass(HOUR - 1);
    await run(world.deps, { cause: 'removed' });
    expect(await world.items()).toEqual(['1 REMOVED']);
  });

  test('while the directory does not answer, nothing is removed', async () => {
    const directory = {
      ...fakeDirectory(),
      statusOf: async () => Promise.reject(new DomainError('directory-unavailable', 'Away.')),
    };
    const world = await accessWorld([assignment('1')], { directory });
    await expect(run(world.deps)).rejects.toMatchObject({ code: 'directory-unavailable' });
    expect(world.fake.calls).toEqual([]);
  });

  test('while another run is under way, the message waits; at its last attempt it is queued again', async () => {
    const world = await accessWorld([assignment('1')]);
    const other = { until: new Date(START + 60_000), status: 'IN_PROGRESS' } as const;
    await world.deps.records.beginAccess(ID, other, new Date(START), signal);
    expect(await run(world.deps)).toMatchObject({ kind: 'waiting' });
    expect(await run(world.deps, {}, lastTime)).toMatchObject({ kind: 'continued' });
    expect(world.sent).toEqual([job]);
    world.pass(60_000);
    expect(await run(world.deps)).toEqual(done);
  });

  test('access that is being restored, or was, is not removed again', async () => {
    const world = await accessWorld([assignment('1')]);
    const restoring = { until: new Date(START + 1), status: 'RESTORING' } as const;
    await world.deps.records.beginAccess(ID, restoring, new Date(START), signal);
    world.pass(HOUR);
    expect(await run(world.deps)).toEqual(done);
    expect(world.fake.calls).toEqual([]);
  });
});
