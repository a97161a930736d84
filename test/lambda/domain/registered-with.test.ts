import { readRevocation } from '../../../lambda/domain/record/read-revocation.ts';
import { registerSession } from '../../../lambda/domain/register/register-session.ts';
import { revokeSession } from '../../../lambda/domain/revoke/revoke-session.ts';
import { revokeUser } from '../../../lambda/domain/revoke/revoke-user.ts';
import { settleAll } from '../../../lambda/domain/revoke/settle.ts';
import { Secret } from '../../../lambda/domain/secret.ts';
import { listSessions } from '../../../lambda/domain/sessions/list-sessions.ts';
import { ampleTime, failed, fakeDirectory, fakePortal, type World } from '../../support/fakes.ts';
import {
  aRegistration,
  hoursLater,
  registeredId,
  registeringWorld,
  someRefresh,
} from '../../support/registering.ts';
import { ALICE, someJob } from '../../support/sessions.ts';

const registeredWith = 'icr/1.0.0 (darwin; arm64)';
const { signal } = new AbortController();

async function registeredWorld(overrides: Partial<World> = {}): Promise<World> {
  const world = registeringWorld(overrides);
  await registerSession(world, aRegistration({ registeredWith }), ampleTime());
  return world;
}

const outcomesOf = async (world: World, revocationId: string) =>
  (await readRevocation(world, revocationId, { limit: 10 }, ampleTime())).outcomes;
const revoke = (world: World, attempt = { lastAttempt: false }) =>
  revokeUser(world, someJob(), ampleTime(), attempt);

test('the list of held sessions says which tool registered each', async () => {
  const world = await registeredWorld();
  const { sessions } = await listSessions(world, ALICE, { limit: 10 }, ampleTime());
  expect(sessions).toMatchObject([{ sessionId: registeredId, registeredWith }]);
});

test('the tool that registered a session first stands, also if another one brings the refresh token', async () => {
  const world = await registeredWorld();
  const later = aRegistration({ registeredWith: 'curl/8.5.0', refresh: someRefresh() });
  expect(await registerSession(world, later, ampleTime())).toMatchObject({ refreshable: true });
  expect(world.cache.sessions).toMatchObject([{ registeredWith, expiresAt: hoursLater(8) }]);
});

test('the record of a user says of each session which tool registered it, ended or not', async () => {
  const world = await registeredWorld({ portal: fakePortal(failed('unavailable'), failed('unavailable')) });
  const { revocationId } = someJob();
  expect(await revoke(world)).toBe('not-ended');
  expect(await outcomesOf(world, revocationId)).toMatchObject([{ outcome: 'PENDING', registeredWith }]);
  world.portal = fakePortal({ kind: 'ended', outcome: 'LOGGED_OUT', attempts: 1 });
  expect(await revoke(world)).toBe('completed');
  expect(await outcomesOf(world, revocationId)).toMatchObject([{ outcome: 'LOGGED_OUT', registeredWith }]);
});

test('a session that is settled without being held keeps the tool that registered it', async () => {
  const world = await registeredWorld({ portal: fakePortal(failed('unavailable')) });
  await revoke(world);
  world.cache.sessions.splice(0);
  const { revocationId, userId } = someJob();
  const settled = await settleAll(world, { revocationId, userId }, { lastAttempt: true }, signal);
  expect(settled).toMatchObject([{ outcome: 'FAILED', error: 'NoLongerHeld', registeredWith }]);
  expect(settled?.[0]).not.toHaveProperty('heldUntil');
});

test('the record of a session that is ended by its token says which tool registered the cached copy', async () => {
  const world = await registeredWorld();
  await revokeSession(world, { accessToken: new Secret('a token'), requestedBy: 'x' }, ampleTime());
  expect(await outcomesOf(world, registeredId)).toMatchObject([{ outcome: 'LOGGED_OUT', registeredWith }]);
});

test('the record of a session that was never registered names no tool', async () => {
  const world = registeringWorld();
  await revokeSession(world, { accessToken: new Secret('a token'), requestedBy: 'x' }, ampleTime());
  const [outcome] = await outcomesOf(world, registeredId);
  expect(outcome).not.toHaveProperty('registeredWith');
});

test('the record of a session that is refused under a fence says which tool tried to register it', async () => {
  const world = registeringWorld({ directory: fakeDirectory({ [ALICE]: 'disabled' }) });
  const registering = registerSession(world, aRegistration({ registeredWith }), ampleTime());
  await expect(registering).rejects.toMatchObject({ code: 'user-revoked' });
  expect(await outcomesOf(world, registeredId)).toMatchObject([{ outcome: 'LOGGED_OUT', registeredWith }]);
});
