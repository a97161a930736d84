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

test('few sessions are ended at once', async () => {
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

test('many sessions go to the queue, with a fence, and the record is there at once', async () => {
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

test('sessions that could not be ended go to the queue', async () => {
  const world = { ...fakeWorld(), portal: fakePortal(failed('throttled')) };
  await hold(world, ALICE, 'one');
  const revocation = await requestRevocation(world, request, ampleTime());
  expect(revocation).toMatchObject({ status: 'IN_PROGRESS', sessions: { found: 1, pending: 1 } });
  expect(world.queue.jobs).toHaveLength(1);
});

test('each request without a key is its own revocation, with an id that says it is of a user', async () => {
  const world = fakeWorld();
  const asked = [1, 2].map(() => requestRevocation(world, request, ampleTime()));
  const ids = (await Promise.all(asked)).map(({ revocationId }) => revocationId);
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id).toMatch(/^user\.[\w-]{43}$/);
});

test('if the fence for many sessions cannot be raised, the request fails instead of queueing them', async () => {
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
])('with %i ms left, there is still time for the queue: %s', async (left, status) => {
  const world = fakeWorld();
  await hold(world, ALICE, 'one');
  const deadline = { ...ampleTime(), remainingMillis: () => left };
  expect(await requestRevocation(world, request, deadline)).toMatchObject({ status });
  expect(world.queue.jobs).toHaveLength(status === 'COMPLETED' ? 0 : 1);
});

test('a user name is looked up, and an unknown one is an error', async () => {
  const world = { ...fakeWorld(), directory: fakeDirectory({ alice: 'enabled' }) };
  const revocation = await requestRevocation(world, { ...request, user: { userName: 'alice' } }, ampleTime());
  expect(revocation.subject).toEqual({ userId: 'alice' });
  const unknown = requestRevocation(world, { ...request, user: { userName: 'nobody' } }, ampleTime());
  await expect(unknown).rejects.toMatchObject({ code: 'user-not-found' });
});

test('if the queue fails, the request fails, so that the caller repeats it', async () => {
  const down = () => Promise.reject(new DomainError('queue-unavailable', 'down'));
  const world = fakeWorld();
  await hold(world, ALICE, ...someTokens(11));
  const broken = { ...world, queue: { ...world.queue, send: down } };
  const asked = { ...request, idempotencyKey: { key: 'k', owner: 'a role' } };
  await expect(requestRevocation(broken, asked, ampleTime())).rejects.toMatchObject({
    code: 'queue-unavailable',
  });
  await requestRevocation(world, asked, ampleTime());
  expect(world.queue.jobs).toHaveLength(1);
});
