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

describe('taking away what a removed user has', () => {
  test('everything goes, and is on record with what is needed to give it back', async () => {
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

  test('a user who has nothing is done at once', async () => {
    const world = await accessWorld([]);
    expect(await run(world.deps)).toEqual(done);
    expect((await world.header())?.access).toMatchObject({ status: 'COMPLETED', takenAt: new Date(START) });
  });

  test('each grant is recorded before it is taken away', async () => {
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

  test('what cannot be taken away is left, said and watched; the denial is not shortened', async () => {
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

  test('what is given anew meanwhile is taken away, too', async () => {
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

  test('what was taken away in a run that crashed before it noted so is found to be gone', async () => {
    const world = await accessWorld([assignment('1')]);
    const gone = { grant: assignment('2'), state: 'FOUND', at: new Date(0) } as const;
    await world.deps.records.putAccessItem(ID, gone, signal);
    expect(await run(world.deps)).toEqual(done);
    expect(await world.items()).toEqual(['1 REMOVED', '2 REMOVED']);
  });

  test('a change that is under way comes back, and is completed then', async () => {
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

  test('after some progress the rest is queued with a new life; without any, the message comes back', async () => {
    const world = await accessWorld([assignment('1'), assignment('2')]);
    world.fake.fates.set(grantKey(assignment('2')), unavailable());
    expect(await run(world.deps)).toMatchObject({ kind: 'continued' });
    expect(world.sent).toEqual([job]);
    await expect(run(world.deps)).rejects.toMatchObject({ code: 'assignments-unavailable' });
    expect(world.sent).toHaveLength(1);
  });

  test('out of time, nothing more is begun', async () => {
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

  test('at the last attempt it is given up and watched; a redrive finishes it', async () => {
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

  test('given up because the directory does not answer, it is FAILED; a redrive finishes it', async () => {
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

  test('a list that cannot be had takes nothing away', async () => {
    const world = await accessWorld([assignment('1')]);
    world.deps.access.grantsOf = async () => Promise.reject(unavailable());
    await expect(run(world.deps)).rejects.toMatchObject({ code: 'assignments-unavailable' });
    expect(world.fake.calls).toEqual([]);
    await expect(run(world.deps, {}, lastTime)).rejects.toMatchObject({ code: 'assignments-unavailable' });
    expect((await world.header())?.access?.status).toBe('FAILED');
  });

  test('a store that fails in the middle does not hold up the next run', async () => {
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

  test('ends an hour and the longest role session after the last grant went', async () => {
    const world = await accessWorld([assignment('1')]);
    const ends = await enter(world);
    await run(world.deps);
    expect(await ends()).toEqual([new Date(START + 13 * HOUR)]);
    expect(world.denying.wakes()).toBe(1);
  });

  test('is shortened by the repetition, too, if a crash came between', async () => {
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

describe('whom nothing is taken from', () => {
  test.each([
    ['nothing is recorded under the id', {}, { revocationId: `user.${'x'.repeat(43)}` }],
    ['the revocation is of somebody else', {}, { userId: BOB }],
    ['the user was only signed out', { removedAt: undefined }, {}],
    ['the stack took no access away when it was recorded', { access: undefined }, {}],
    ['the revocation is of one session', { subject: { sessionId: 's', userId: ALICE } }, {}],
  ])('if %s, the message comes back and does nothing', async (_, change, asked) => {
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
    'whoever is enabled keeps what they have, if they were removed as %s',
    async (cause) => {
      const world = await accessWorld([assignment('1')], {
        directory: fakeDirectory({ [ALICE]: 'enabled' }),
      });
      // The company's own word stands for an hour.
      if (cause === 'removed') world.pass(HOUR);
      expect(await run(world.deps, { cause })).toEqual(done);
      expect((await world.header())?.access?.status).toBe('STOPPED');
      expect(world.fake.calls).toEqual([]);
    },
  );

  test('whoever is enabled again keeps what is left; what a run before asked to be deleted and is gone is noted as gone', async () => {
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

  test("the company's own word takes away while it is young, whatever the directory says", async () => {
    const world = await accessWorld([assignment('1')], { directory: fakeDirectory({ [ALICE]: 'enabled' }) });
    world.pass(HOUR - 1);
    await run(world.deps, { cause: 'removed' });
    expect(await world.items()).toEqual(['1 REMOVED']);
  });

  test('while the directory does not answer, nothing is taken away', async () => {
    const directory = {
      ...fakeDirectory(),
      statusOf: async () => Promise.reject(new DomainError('directory-unavailable', 'Away.')),
    };
    const world = await accessWorld([assignment('1')], { directory });
    await expect(run(world.deps)).rejects.toMatchObject({ code: 'directory-unavailable' });
    expect(world.fake.calls).toEqual([]);
  });

  test('while another run goes on, the message waits; at its last attempt it gets a new life', async () => {
    const world = await accessWorld([assignment('1')]);
    const other = { until: new Date(START + 60_000), status: 'IN_PROGRESS' } as const;
    await world.deps.records.beginAccess(ID, other, new Date(START), signal);
    expect(await run(world.deps)).toMatchObject({ kind: 'waiting' });
    expect(await run(world.deps, {}, lastTime)).toMatchObject({ kind: 'continued' });
    expect(world.sent).toEqual([job]);
    world.pass(60_000);
    expect(await run(world.deps)).toEqual(done);
  });

  test('what is being given back, or was, is not taken away again', async () => {
    const world = await accessWorld([assignment('1')]);
    const restoring = { until: new Date(START + 1), status: 'RESTORING' } as const;
    await world.deps.records.beginAccess(ID, restoring, new Date(START), signal);
    world.pass(HOUR);
    expect(await run(world.deps)).toEqual(done);
    expect(world.fake.calls).toEqual([]);
  });
});
