import { removeAccess } from '../../../../lambda/domain/access/remove-access.ts';
import { restoreAccess } from '../../../../lambda/domain/access/restore-access.ts';
import { grantKey } from '../../../../lambda/domain/access.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import { fakeDirectory } from '../../../support/fakes.ts';
import { ALICE } from '../../../support/sessions.ts';
import {
  accessWorld,
  ample,
  assignment,
  firstTime,
  HOUR,
  ID,
  job,
  membership,
  removal,
  START,
  signal,
} from './world.ts';

type World = Awaited<ReturnType<typeof accessWorld>>;

const ALL = [assignment('1'), assignment('2'), membership('g')];
const KEYS = ALL.map(grantKey).sort();
const restore = ({ deps }: World, deadline = ample()) => restoreAccess(deps, ID, deadline);

/** A mistaken removal that has removed everything. */
async function mistaken(): Promise<World> {
  const users: Record<string, 'enabled' | 'disabled'> = { [ALICE]: 'disabled' };
  const world = await accessWorld([...ALL], { directory: fakeDirectory(users) });
  await removeAccess(world.deps, JSON.stringify(job), ample(), firstTime);
  expect(world.fake.of(ALICE)).toEqual([]);
  world.fake.calls.splice(0);
  users[ALICE] = 'enabled';
  return world;
}

test('restores exactly what was removed, and a repetition changes nothing', async () => {
  const world = await mistaken();
  const restored = await restore(world);
  expect(restored.access).toEqual({
    status: 'RESTORED',
    assignments: { removed: 0, left: 0 },
    memberships: { removed: 0, left: 0 },
  });
  expect(world.fake.of(ALICE)).toEqual(KEYS);
  expect(await world.items()).toEqual(['1 RESTORED', '2 RESTORED', 'g RESTORED']);
  expect(await restore(world)).toEqual(restored);
  expect(world.fake.calls).toHaveLength(3);
});

test('after restoring, mayContinueUntil is that of every removal again', async () => {
  const world = await mistaken();
  const until = new Date(START + 20 * HOUR).toISOString();
  expect((await restore(world)).roleSessions.mayContinueUntil).toBe(until);
});

test('a grant that somebody restored already is unchanged', async () => {
  const world = await mistaken();
  await world.deps.access.give(ALICE, assignment('2'), signal);
  world.fake.calls.splice(0);
  await restore(world);
  expect(world.fake.of(ALICE)).toEqual(KEYS);
  expect(world.fake.calls).toEqual([
    `give ${grantKey(assignment('1'))}`,
    `give ${grantKey(membership('g'))}`,
  ]);
});

test('a grant that a run removed before it crashed is restored, too', async () => {
  const world = await mistaken();
  const item = { grant: assignment('2'), state: 'FOUND', at: new Date(0) } as const;
  await world.deps.records.putAccessItem(ID, item, signal);
  await restore(world);
  expect(world.fake.of(ALICE)).toEqual(KEYS);
});

test('a grant that could not be removed is not restored', async () => {
  const world = await mistaken();
  const item = { grant: assignment('9'), state: 'LEFT', why: 'refused', at: new Date(0) } as const;
  await world.deps.records.putAccessItem(ID, item, signal);
  expect((await restore(world)).access).toMatchObject({ status: 'RESTORED', assignments: { left: 1 } });
  expect(world.fake.of(ALICE)).toEqual(KEYS);
});

test('what is still under way, or found no time, is completed by repeating the call', async () => {
  const world = await mistaken();
  world.fake.fates.set(grantKey(assignment('1')), 'under-way');
  expect((await restore(world)).access).toMatchObject({ status: 'RESTORING', assignments: { removed: 1 } });
  world.fake.fates.clear();
  const late = { signal, remainingMillis: () => 9_999 };
  expect((await restore(world, late)).access).toMatchObject({ status: 'RESTORING' });
  expect((await restore(world)).access).toMatchObject({ status: 'RESTORED' });
  expect(world.fake.of(ALICE)).toEqual(KEYS);
});

test('if one grant fails, the call fails, all others are restored and recorded, and repeating the call completes it', async () => {
  const world = await mistaken();
  const refused = new DomainError('assignments-refused', 'No such permission set.');
  world.fake.fates.set(grantKey(assignment('2')), refused);
  await expect(restore(world)).rejects.toBe(refused);
  expect(await world.items()).toEqual(['1 RESTORED', '2 REMOVED', 'g RESTORED']);
  expect((await world.header())?.access?.status).toBe('RESTORING');
  world.fake.fates.clear();
  expect((await restore(world)).access?.status).toBe('RESTORED');
});

test.each([
  ['disabled', { [ALICE]: 'disabled' }],
  ['deleted', {}],
] as const)('nothing is restored for a user who is %s', async (_, users) => {
  const world = await mistaken();
  world.deps.directory = fakeDirectory(users);
  await expect(restore(world)).rejects.toMatchObject({ code: 'user-not-enabled' });
  expect(world.fake.calls).toEqual([]);
  expect((await world.header())?.access?.status).toBe('COMPLETED');
});

test('while another run changes access, nothing is restored, and the caller must repeat', async () => {
  const world = await mistaken();
  const run = { until: new Date(START + 60_000), status: 'RESTORING' } as const;
  await world.deps.records.beginAccess(ID, run, new Date(START), signal);
  await expect(restore(world)).rejects.toMatchObject({ code: 'access-busy', retryAfterSeconds: 30 });
  expect(world.fake.calls).toEqual([]);
  world.pass(60_000);
  expect((await restore(world)).access?.status).toBe('RESTORED');
});

test.each([
  ['no revocation has the id', `user.${'x'.repeat(43)}`, 'revocation-not-found'],
  ['the id is none', 'everyone', 'revocation-not-found'],
])('if %s, the call fails', async (_, id, code) => {
  const world = await mistaken();
  await expect(restoreAccess(world.deps, id, ample())).rejects.toMatchObject({ code });
});

test('a revocation that removed no access has nothing to restore', async () => {
  const { access: _, ...header } = removal;
  const world = await accessWorld([], { header, directory: fakeDirectory({ [ALICE]: 'enabled' }) });
  await expect(restore(world)).rejects.toMatchObject({ code: 'nothing-to-restore' });
});
