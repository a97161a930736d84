import { processMessage } from '../../../../lambda/domain/detect/process-message.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import { REVOCATION_ID } from '../../../../lambda/domain/ids.ts';
import {
  requestRevocation,
  type UserRevocationRequest,
} from '../../../../lambda/domain/revoke/request-revocation.ts';
import { fakeDenying } from '../../../support/fake-deny-list.ts';
import {
  ampleTime,
  failed,
  fakeDirectory,
  fakePortal,
  fakeWorld,
  storeUnavailable,
  type World,
} from '../../../support/fakes.ts';
import { ALICE, BOB, hold, someTokens } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const OWNER = 'arn:aws:sts::000000000000:assumed-role/offboarding';
const keyed = (overrides: Partial<UserRevocationRequest> = {}): UserRevocationRequest => ({
  user: { userId: ALICE },
  reason: 'left',
  requestedBy: `${OWNER}/a session`,
  idempotencyKey: { key: 'OFFBOARD-4711', owner: OWNER },
  ...overrides,
});
const ask = (world: World, request = keyed()) => requestRevocation(world, request, ampleTime());
const idOf = async (world: World, request = keyed()) => (await ask(world, request)).revocationId;
const at = (world: World, millis: number): World => ({ ...world, clock: () => new Date(START + millis) });
const REUSED = { code: 'idempotency-key-reused' };

test('the same request with the same key is the same revocation', async () => {
  const world = fakeWorld();
  await hold(world, ALICE, 'one');
  const first = await ask(world);
  expect(first.revocationId).toMatch(/^user\.[\w-]{43}$/);
  expect(await ask(world)).toEqual(first);
});

test.each<[string, Partial<UserRevocationRequest>]>([
  ['for another reason', { reason: 'a drill' }],
  ['without the reason', { reason: undefined }],
  ['for another user', { user: { userId: BOB } }],
  ['for the user by name', { user: { userName: 'alice' } }],
])('the same key %s is refused, and nothing is done', async (_name, other) => {
  const world = { ...fakeWorld(), directory: fakeDirectory({ [ALICE]: 'enabled' }, { alice: ALICE }) };
  await ask(world);
  await hold(world, ALICE, 'alive');
  await hold(world, BOB, 'alive, too');
  await expect(ask(world, keyed(other))).rejects.toMatchObject(REUSED);
  expect(world.cache.sessions).toHaveLength(2);
  expect([world.queue.jobs, world.cache.notes]).toEqual([[], []]);
});

test.each<[string, Partial<UserRevocationRequest>]>([
  ['another key of the same role', { idempotencyKey: { key: 'OFFBOARD-4712', owner: OWNER } }],
  ['the same key of another role', { idempotencyKey: { key: 'OFFBOARD-4711', owner: `${OWNER}-drill` } }],
  // The parts must not run into one another.
  [
    'a key and a role that are split elsewhere',
    { idempotencyKey: { key: '4711', owner: `${OWNER}OFFBOARD-` } },
  ],
])('%s makes another revocation, even for the same request', async (_name, other) => {
  const world = fakeWorld();
  expect(await idOf(world, keyed(other))).not.toBe(await idOf(world));
});

test('a key is claimed under its own kind of id, which is no id of a revocation', async () => {
  const world = fakeWorld();
  const claimKey = jest.fn(world.records.claimKey);
  await ask({ ...world, records: { ...world.records, claimKey } });
  const [keyId = ''] = claimKey.mock.calls[0] ?? [];
  expect(keyId).toMatch(/^key\.[\w-]{43}$/);
  expect(keyId).not.toMatch(REVOCATION_ID);
});

test('another session of the same role may repeat a request, because the key belongs to the role', async () => {
  const world = fakeWorld();
  const first = await ask(world);
  const again = await ask(world, keyed({ requestedBy: `${OWNER}/another session` }));
  expect(again).toEqual(first);
});

test.each([
  ['a moment before a day is over', DAY - 1, true],
  ['a day later', DAY, false],
])('%s, the key leads to the same revocation: %j', async (_name, millis, isSame) => {
  const world = at(fakeWorld(), 0);
  const first = await idOf(world);
  await hold(world, ALICE, 'signed in since');
  expect((await idOf(at(world, millis))) === first).toBe(isSame);
  expect(world.cache.sessions).toHaveLength(isSame ? 1 : 0);
});

test('a day later, the key may be used for another request', async () => {
  const world = at(fakeWorld(), 0);
  const first = await idOf(world);
  const second = await ask(at(world, DAY), keyed({ reason: 'another' }));
  expect(second.revocationId).not.toBe(first);
  expect(second.reason).toBe('another');
  await expect(ask(at(world, DAY + HOUR))).rejects.toMatchObject(REUSED);
});

test('parallel requests with the same key are one revocation', async () => {
  const world = fakeWorld();
  await hold(world, ALICE, 'one');
  const ids = await Promise.all([1, 2, 3, 4].map(() => idOf(world)));
  expect(new Set(ids).size).toBe(1);
});

test('of different parallel requests with the same key, one is refused', async () => {
  const world = fakeWorld();
  const results = await Promise.allSettled([ask(world), ask(world, keyed({ reason: 'a drill' }))]);
  const [refused, ...others] = results.filter(({ status }) => status === 'rejected');
  expect(others).toEqual([]);
  expect(refused).toMatchObject({ reason: REUSED });
});

test('if the user was deleted meanwhile, the stored claim has the user id, and the directory is not asked', async () => {
  const byName = keyed({ user: { userName: 'alice' } });
  const world = { ...fakeWorld(), directory: fakeDirectory({ [ALICE]: 'enabled' }, { alice: ALICE }) };
  await hold(world, ALICE, 'one');
  const down = { ...world, portal: fakePortal(failed('unavailable')) };
  const first = await ask(down, byName);
  expect(first.status).toBe('IN_PROGRESS');
  const userIdOf = jest.fn(fakeDirectory().userIdOf);
  const later = { ...world, directory: { ...fakeDirectory(), userIdOf } };
  expect(await ask(later, byName)).toMatchObject({ revocationId: first.revocationId });
  expect(userIdOf).not.toHaveBeenCalled();
  await expect(ask(fakeWorld(), byName)).rejects.toMatchObject({ code: 'user-not-found' });
});

test('a request with an unknown user name claims no key', async () => {
  const byName = keyed({ user: { userName: 'alice' } });
  const world = fakeWorld();
  await expect(ask(world, byName)).rejects.toMatchObject({ code: 'user-not-found' });
  const known = { ...world, directory: fakeDirectory({ [ALICE]: 'enabled' }, { alice: ALICE }) };
  expect(await ask(known, byName)).toMatchObject({ status: 'NOTHING_HELD' });
});

test('repeating the key of a complete revocation starts nothing, even if the user has signed in since', async () => {
  const world = fakeWorld();
  const first = await ask(world);
  world.cache.fences.clear();
  await hold(world, ALICE, ...someTokens(11));
  expect(await ask(world)).toEqual(first);
  expect(world.cache.fences.size + world.queue.jobs.length).toBe(0);
});

test.each([1, 11])(
  'repeating the key does not queue again a queued revocation of %i sessions',
  async (count) => {
    const world = fakeWorld();
    await hold(world, ALICE, ...someTokens(count));
    const down = { ...world, portal: fakePortal(failed('unavailable')) };
    const first = await ask(down);
    for (let n = 0; n < 5; n += 1) {
      const { roleSessions: _, ...again } = await ask(world);
      expect(first).toMatchObject({ ...again, status: 'IN_PROGRESS' });
    }
    expect(world.queue.jobs).toHaveLength(1);
  },
);

test('repeating the key queues what could not be queued, or failed for good', async () => {
  const world = fakeWorld();
  await hold(world, ALICE, 'one');
  world.portal = fakePortal(failed('unavailable'));
  const send = () => Promise.reject(new DomainError('queue-unavailable', 'The queue is down.'));
  const unsent = { ...world, queue: { ...world.queue, send } };
  await expect(ask(unsent)).rejects.toMatchObject({ code: 'queue-unavailable' });
  await ask(world);
  const [job] = world.queue.jobs.splice(0);
  await processMessage(world, JSON.stringify(job), ampleTime(), { lastAttempt: true });
  await ask(world);
  expect(world.queue.jobs).toEqual([job]);
});

test('a repetition after a crash behind the claim uses the time of the first request', async () => {
  const denying = fakeDenying();
  const world = at({ ...fakeWorld(), denying }, 0);
  const records = { ...world.records, putHeader: () => Promise.reject(storeUnavailable()) };
  await expect(ask({ ...world, records })).rejects.toMatchObject({ code: 'store-unavailable' });
  const { requestedAt } = await ask(at(world, HOUR));
  expect(requestedAt).toBe(new Date(START).toISOString());
  const { entries } = await denying.list.entries(signal);
  expect(entries).toMatchObject([{ issuedBefore: new Date(START), until: new Date(START + 12 * HOUR) }]);
});

test.each(['keyClaim', 'claimKey'] as const)('if the records fail at %s, nothing is done', async (call) => {
  const world = fakeWorld();
  await hold(world, ALICE, 'one');
  const records = { ...world.records, [call]: () => Promise.reject(storeUnavailable()) };
  await expect(ask({ ...world, records })).rejects.toMatchObject({ code: 'store-unavailable' });
  expect(world.cache.sessions).toHaveLength(1);
  expect(world.queue.jobs).toEqual([]);
});
