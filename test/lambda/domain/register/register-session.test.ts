import { registerSession } from '../../../../lambda/domain/register/register-session.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../../../lambda/domain/session.ts';
import {
  ampleTime,
  failed,
  fakeDirectory,
  fakePortal,
  fakeWorld,
  storeUnavailable,
} from '../../../support/fakes.ts';
import { ALICE } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const now = new Date('2026-01-01T00:00:00Z');
const inAnHour = new Date('2026-01-01T01:00:00Z');
const accessToken = new Secret('a token');
const sessionId = sessionIdOf(accessToken);
const request = { user: { userId: ALICE }, accessToken, accessTokenExpiresAt: inAnHour, requestedBy: 'x' };
const refresh = {
  refreshToken: new Secret('refresh'),
  clientId: 'client',
  clientSecret: new Secret('secret'),
};

const given = () => ({ ...fakeWorld(), clock: () => now });

test('a session is held sealed, until its access token expires', async () => {
  const world = given();
  const registered = await registerSession(world, { ...request, region: 'eu-west-1' }, ampleTime());
  expect(registered).toEqual({ sessionId, userId: ALICE, expiresAt: inAnHour, isNew: true });
  const [held, ...others] = await world.cache.page(ALICE, { limit: 9 }, signal);
  expect(others).toEqual([]);
  expect(held).toMatchObject({ region: 'eu-west-1', registeredAt: now, accessTokenExpiresAt: inAnHour });
  if (held) expect((await world.opener.open(held.sealed, held, signal)).accessToken.reveal()).toBe('a token');
});

test('the same token again is known', async () => {
  const world = given();
  await registerSession(world, request, ampleTime());
  expect(await registerSession(world, request, ampleTime())).toMatchObject({ isNew: false });
  expect(world.cache.sessions).toHaveLength(1);
});

test('a session that can be refreshed is held as long as it may live, even if its access token is expired', async () => {
  const world = given();
  const { expiresAt } = await registerSession(
    world,
    { ...request, accessTokenExpiresAt: new Date(0), refresh },
    ampleTime(),
  );
  expect(expiresAt).toEqual(new Date('2026-01-01T08:00:00Z'));
  const [held] = await world.cache.page(ALICE, { limit: 1 }, signal);
  expect(held).not.toHaveProperty('region');
  expect(held && (await world.opener.open(held.sealed, held, signal)).refresh).toEqual(refresh);
});

test('an expired one that cannot is refused', async () => {
  const world = given();
  const asked = registerSession(world, { ...request, accessTokenExpiresAt: now }, ampleTime());
  await expect(asked).rejects.toMatchObject({ code: 'session-expired' });
  expect(world.cache.sessions).toEqual([]);
});

test('whoever is being revoked is refused, and the session ended', async () => {
  const world = given();
  await world.cache.raiseFence(ALICE, inAnHour, signal);
  await expect(registerSession(world, request, ampleTime())).rejects.toMatchObject({ code: 'user-revoked' });
  expect(world.cache.sessions).toEqual([]);
  const { header, outcomes } = await world.records.read(sessionId, signal);
  expect(header).toMatchObject({ subject: { userId: ALICE }, reason: 'signed in while being revoked' });
  expect(outcomes).toMatchObject([{ outcome: 'LOGGED_OUT' }]);
});

test('if it cannot be ended at once, it stays held and the queue gets it', async () => {
  const world = { ...given(), portal: fakePortal(failed('unavailable')) };
  await world.cache.raiseFence(ALICE, inAnHour, signal);
  await expect(registerSession(world, request, ampleTime())).rejects.toMatchObject({ code: 'user-revoked' });
  expect(world.cache.sessions).toHaveLength(1);
  const asked = { source: 'http', requestedBy: 'x', requestedAt: now.toISOString() };
  expect(world.queue.jobs).toEqual([
    {
      ...{ kind: 'revoke-user', ...asked, userId: ALICE, reason: 'signed in while being revoked' },
      ...{ revocationId: expect.any(String), cause: 'signed-out' },
    },
  ]);
});

test('a defect in ending it is not handed to the queue', async () => {
  const portal = { logout: () => Promise.reject(new TypeError('bug')) };
  const world = { ...given(), portal };
  await world.cache.raiseFence(ALICE, inAnHour, signal);
  await expect(registerSession(world, request, ampleTime())).rejects.toThrow(TypeError);
  expect(world.queue.jobs).toEqual([]);
});

test('a user name is looked up', async () => {
  const world = { ...given(), directory: fakeDirectory({ alice: 'enabled' }) };
  expect(
    await registerSession(world, { ...request, user: { userName: 'alice' } }, ampleTime()),
  ).toMatchObject({ userId: 'alice' });
  const unknown = registerSession(world, { ...request, user: { userName: 'nobody' } }, ampleTime());
  await expect(unknown).rejects.toMatchObject({ code: 'user-not-found' });
  const without = registerSession(
    { ...world, directory: undefined },
    { ...request, user: { userName: 'alice' } },
    ampleTime(),
  );
  await expect(without).rejects.toMatchObject({ code: 'no-directory' });
});

test.each(['put', 'isFenced'] as const)(
  'a cache that fails at %s is told, not taken for a success',
  async (call) => {
    const world = given();
    const broken = {
      ...world,
      tokenCache: { ...world.tokenCache, [call]: () => Promise.reject(storeUnavailable()) },
    };
    await expect(registerSession(broken, request, ampleTime())).rejects.toMatchObject({
      code: 'store-unavailable',
    });
  },
);

test.each([
  [[], ['u1']],
  [['u1'], ['u1']],
  [['u2'], ['u2', 'u1']],
])('under a fence the new copy is deleted too, when the index has %j', async (indexed, deleted) => {
  const world = given();
  await world.cache.raiseFence('u1', inAnHour, signal);
  const forgotten: string[] = [];
  const tokenCache = {
    ...world.tokenCache,
    find: async () => indexed.map((userId) => ({ userId, sessionId })),
    forget: async ({ userId }: { userId: string }) => void forgotten.push(userId),
  };
  const registering = registerSession(
    { ...world, tokenCache },
    { ...request, user: { userId: 'u1' } },
    ampleTime(),
  );
  await expect(registering).rejects.toMatchObject({ code: 'user-revoked' });
  expect(forgotten).toEqual(deleted);
});
