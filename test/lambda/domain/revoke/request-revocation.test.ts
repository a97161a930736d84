import { DomainError } from '../../../../lambda/domain/errors.ts';
import { requestRevocation } from '../../../../lambda/domain/revoke/request-revocation.ts';
import {
  ampleTime,
  failed,
  fakeDirectory,
  fakePortal,
  fakeWorld,
  storeUnavailable,
} from '../../../support/fakes.ts';
import { ALICE, hold, someTokens } from '../../../support/sessions.ts';

const request = { user: { userId: ALICE }, reason: 'left', requestedBy: 'arn' };

test('a few sessions are ended at once', async () => {
  const world = fakeWorld();
  await hold(world, ALICE, ...someTokens(10));
  const revocation = await requestRevocation(world, request, ampleTime());
  expect(revocation).toMatchObject({
    status: 'COMPLETED',
    subject: { userId: ALICE },
    source: 'http',
    reason: 'left',
    sessions: { found: 10, loggedOut: 10 },
  });
  expect(world.queue.jobs).toEqual([]);
});

test('many go to the queue, behind a fence, and their record is there at once', async () => {
  const world = fakeWorld();
  await hold(world, ALICE, ...someTokens(11));
  const revocation = await requestRevocation(world, request, ampleTime());
  expect(revocation).toMatchObject({ status: 'IN_PROGRESS', completedAt: null });
  const { revocationId } = revocation;
  const asked = {
    source: 'http',
    requestedBy: 'arn',
    reason: 'left',
    requestedAt: '2026-01-01T00:00:00.000Z',
  };
  expect(world.queue.jobs).toEqual([
    { kind: 'revoke-user', revocationId, ...asked, userId: ALICE, cause: 'signed-out' },
  ]);
  expect(world.cache.fences.has(ALICE)).toBe(true);
  expect(world.cache.sessions).toHaveLength(11);
});

test('what resists goes to the queue', async () => {
  const world = { ...fakeWorld(), portal: fakePortal(failed('throttled')) };
  await hold(world, ALICE, 'one');
  const revocation = await requestRevocation(world, request, ampleTime());
  expect(revocation).toMatchObject({ status: 'IN_PROGRESS', sessions: { found: 1, pending: 1 } });
  expect(world.queue.jobs).toHaveLength(1);
});

test('the same idempotency key is the same revocation; another one, or another user, is not', async () => {
  const world = fakeWorld();
  const ask = async (idempotencyKey?: string, userId = ALICE) =>
    (await requestRevocation(world, { ...request, user: { userId }, idempotencyKey }, ampleTime()))
      .revocationId;
  const ids = [
    await ask('k1'),
    await ask('k1'),
    await ask('k2'),
    await ask('k1', 'somebody else'),
    await ask(),
    await ask(),
  ];
  expect(ids[1]).toBe(ids[0]);
  expect(new Set(ids).size).toBe(5);
  for (const id of ids) expect(id).toMatch(/^[\w-]{43}$/);
});

test('what is complete is not begun again by its key, however many have signed in since', async () => {
  const world = fakeWorld();
  const asked = { ...request, idempotencyKey: 'k' };
  const first = await requestRevocation(world, asked, ampleTime());
  world.cache.fences.clear();
  await hold(world, ALICE, ...someTokens(11));
  expect(await requestRevocation(world, asked, ampleTime())).toEqual(first);
  expect(world.cache.fences.size + world.queue.jobs.length).toBe(0);
});

test('what is not complete is gone on with by its key', async () => {
  const world = fakeWorld();
  const asked = { ...request, idempotencyKey: 'k' };
  await hold(world, ALICE, 'one');
  const down = { ...world, portal: fakePortal(failed('unavailable')) };
  expect(await requestRevocation(down, asked, ampleTime())).toMatchObject({ status: 'IN_PROGRESS' });
  expect(await requestRevocation(world, asked, ampleTime())).toMatchObject({ status: 'COMPLETED' });
});

test('many whose fence cannot be raised are not left to the queue as if it stood', async () => {
  const world = fakeWorld();
  await hold(world, ALICE, ...someTokens(11));
  const tokenCache = { ...world.tokenCache, raiseFence: () => Promise.reject(storeUnavailable()) };
  await expect(requestRevocation({ ...world, tokenCache }, request, ampleTime())).rejects.toMatchObject({
    code: 'store-unavailable',
  });
});

test.each([
  [12_999, 'IN_PROGRESS'],
  [13_000, 'COMPLETED'],
])('with %i ms left the queue still gets its turn: %s', async (left, status) => {
  const world = fakeWorld();
  await hold(world, ALICE, 'one');
  const deadline = { ...ampleTime(), remainingMillis: () => left };
  expect(await requestRevocation(world, request, deadline)).toMatchObject({ status });
  expect(world.queue.jobs).toHaveLength(status === 'COMPLETED' ? 0 : 1);
});

test('a user name is looked up, an unknown one is told', async () => {
  const world = { ...fakeWorld(), directory: fakeDirectory({ alice: 'enabled' }) };
  const revocation = await requestRevocation(world, { ...request, user: { userName: 'alice' } }, ampleTime());
  expect(revocation.subject).toEqual({ userId: 'alice' });
  const unknown = requestRevocation(world, { ...request, user: { userName: 'nobody' } }, ampleTime());
  await expect(unknown).rejects.toMatchObject({ code: 'user-not-found' });
});

test('a queue that fails is told: the caller repeats', async () => {
  const down = () => Promise.reject(new DomainError('queue-unavailable', 'down'));
  const world = fakeWorld();
  await hold(world, ALICE, ...someTokens(11));
  const broken = { ...world, queue: { ...world.queue, send: down } };
  const asked = { ...request, idempotencyKey: 'k' };
  await expect(requestRevocation(broken, asked, ampleTime())).rejects.toMatchObject({
    code: 'queue-unavailable',
  });
  await requestRevocation(world, asked, ampleTime());
  expect(world.queue.jobs).toHaveLength(1);
});
