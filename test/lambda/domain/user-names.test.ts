import { DomainError } from '../../../lambda/domain/errors.ts';
import { registerSession } from '../../../lambda/domain/register/register-session.ts';
import { revokeSession } from '../../../lambda/domain/revoke/revoke-session.ts';
import { revokeUser } from '../../../lambda/domain/revoke/revoke-user.ts';
import { Secret } from '../../../lambda/domain/secret.ts';
import { type UserNamesDeps, userNamesOf } from '../../../lambda/domain/user-names.ts';
import { ampleTime, fakeDirectory, storeUnavailable, type World } from '../../support/fakes.ts';
import { aRegistration, registeredId, registeringWorld } from '../../support/registering.ts';
import { ALICE, hold, someJob } from '../../support/sessions.ts';

const { signal } = new AbortController();
const job = someJob;
const { revocationId } = job();
const asked = { revocationId, directory: true };

/** The names as a stack has them that records names, and what was counted as missing. */
function namesIn(world: World, overrides: Partial<UserNamesDeps> = {}) {
  const missing: { revocationId: string; error: string }[] = [];
  const names = userNamesOf({
    tokenCache: world.cache,
    directory: world.directory,
    watch: { nameless: (record) => void missing.push(record) },
    ...overrides,
  });
  return { names, missing };
}

const down = async (): Promise<never> => {
  throw new DomainError('directory-unavailable', 'The directory is down.');
};
const register = (world: World, recordsUserNames: boolean) =>
  registerSession({ ...world, recordsUserNames }, aRegistration(), ampleTime());
const run = (world: World, names: ReturnType<typeof namesIn>['names'], asJob = job()) =>
  revokeUser({ ...world, names }, asJob, ampleTime(), { lastAttempt: false });
const headerOf = async (world: World, id = revocationId) => (await world.records.read(id, signal)).header;

test.each([true, false])(
  'a registered session keeps the name of its user if the stack records names: %s',
  async (isOn) => {
    const world = registeringWorld();
    await register(world, isOn);
    expect(world.cache.sessions).toMatchObject([{ userId: ALICE, registeredAt: expect.any(Date) }]);
    expect(world.cache.sessions[0]?.userName).toBe(isOn ? 'alice' : undefined);
  },
);

test('the revocation of a deleted user has the name that was kept with the session', async () => {
  const world = registeringWorld();
  await register(world, true);
  const gone = { ...world, directory: fakeDirectory() };
  const { names, missing } = namesIn(gone);
  expect(await run(gone, names, job({ cause: 'deleted' }))).toBe('completed');
  expect(await headerOf(gone)).toMatchObject({ recordedUserName: 'alice', subject: { userId: ALICE } });
  expect(gone.cache.sessions).toEqual([]);
  expect(missing).toEqual([]);
});

test('the directory is asked if no session is held', async () => {
  const world = registeringWorld();
  await run(world, namesIn(world).names);
  expect(await headerOf(world)).toMatchObject({ recordedUserName: 'alice' });
});

test('the directory is not asked for the jobs of the red button', async () => {
  const world = registeringWorld();
  await hold(world, ALICE, 'registered before names were recorded');
  const userOf = jest.fn(down);
  const { names, missing } = namesIn(world, { directory: { userOf } });
  expect(await run(world, names, job({ everyoneId: `all.${'e'.repeat(43)}` }))).toBe('completed');
  expect(userOf).not.toHaveBeenCalled();
  expect(missing).toEqual([]);
  expect(await headerOf(world)).not.toHaveProperty('recordedUserName');
});

test.each<[string, (world: World) => Partial<UserNamesDeps>, string]>([
  ['the directory is down', () => ({ directory: { userOf: down } }), 'directory-unavailable'],
  [
    'the token cache is down',
    () => ({ tokenCache: { userNameOf: () => Promise.reject(storeUnavailable()) } }),
    'store-unavailable',
  ],
])('a revocation is completed without the name, and that is counted, if %s', async (_name, broken, error) => {
  const world = registeringWorld();
  const { names, missing } = namesIn(world, broken(world));
  expect(await run(world, names)).toBe('completed');
  expect(await headerOf(world)).not.toHaveProperty('recordedUserName');
  expect(missing).toEqual([{ revocationId, error }]);
});

test('a name that does not come within a second is not waited for, also if the lookup goes on for others', async () => {
  const { names, missing } = namesIn(registeringWorld(), {
    directory: { userOf: () => new Promise(() => {}) },
  });
  const began = performance.now();
  expect(await names.of(ALICE, asked, signal)).toBeUndefined();
  expect(performance.now() - began).toBeLessThan(3_000);
  expect(missing).toEqual([{ revocationId, error: 'directory-unavailable' }]);
});

test('a defect is not taken for a missing name', async () => {
  const userOf = () => Promise.reject(new TypeError('a defect'));
  const { names } = namesIn(registeringWorld(), { directory: { userOf } });
  await expect(names.of(ALICE, asked, signal)).rejects.toThrow(TypeError);
});

test('a repeated revocation keeps the name that was recorded first', async () => {
  const world = registeringWorld();
  await run(world, namesIn(world).names);
  const renamed = { ...world, directory: fakeDirectory({ [ALICE]: 'enabled' }, { eve: ALICE }) };
  await run(renamed, namesIn(renamed).names);
  expect(await headerOf(renamed)).toMatchObject({ recordedUserName: 'alice' });
});

test('the revocation of one session by its token has the name of the user of the cached copy', async () => {
  const world = registeringWorld();
  await register(world, true);
  const { names } = namesIn({ ...world, directory: fakeDirectory() });
  const request = { accessToken: new Secret('a token'), requestedBy: 'x' };
  const { revocation } = await revokeSession({ ...world, names }, request, ampleTime());
  expect(revocation).toMatchObject({ revocationId: registeredId, recordedUserName: 'alice' });
});

test('the record of a session that is refused under a fence has the name of its user', async () => {
  const world = registeringWorld({ directory: fakeDirectory({ [ALICE]: 'disabled' }, { alice: ALICE }) });
  await expect(register(world, true)).rejects.toMatchObject({ code: 'user-revoked' });
  expect(await headerOf(world, registeredId)).toMatchObject({ recordedUserName: 'alice' });
});

test('a name that was kept before names were switched off is not recorded', async () => {
  const world = registeringWorld();
  await register(world, true);
  const request = { accessToken: new Secret('a token'), requestedBy: 'x' };
  const { revocation } = await revokeSession(world, request, ampleTime());
  expect(revocation).not.toHaveProperty('recordedUserName');
});

test('the name of the cached copy is not looked up a second time', async () => {
  const world = registeringWorld();
  await register(world, true);
  const userNameOf = jest.fn(world.cache.userNameOf);
  const { names } = namesIn(world, { tokenCache: { userNameOf } });
  const request = { accessToken: new Secret('a token'), requestedBy: 'x' };
  const { revocation } = await revokeSession({ ...world, names }, request, ampleTime());
  expect(revocation).toMatchObject({ recordedUserName: 'alice' });
  expect(userNameOf).not.toHaveBeenCalled();
});
