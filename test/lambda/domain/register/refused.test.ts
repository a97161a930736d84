import { DomainError, type DomainErrorCode } from '../../../../lambda/domain/errors.ts';
import { registerSession } from '../../../../lambda/domain/register/register-session.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import {
  ampleTime,
  failed,
  fakeDirectory,
  rejected,
  storeUnavailable,
  type World,
} from '../../../support/fakes.ts';
import { aRegistration, hoursLater, registeredAt, registeringWorld } from '../../../support/registering.ts';
import { ALICE, BOB, hold, someTokens } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const register = (world: World, request = aRegistration()) => registerSession(world, request, ampleTime());

/** Refused with this code, and nothing is held, recorded or reported. */
async function expectRefused(world: World, code: DomainErrorCode, request = aRegistration()): Promise<void> {
  const before = [...world.cache.sessions];
  await expect(register(world, request)).rejects.toMatchObject({ name: 'DomainError', code });
  expect(world.cache.sessions).toEqual(before);
  expect(world.reports.sent).toEqual([]);
  for (const { sessionId } of before)
    expect((await world.records.read(sessionId, signal)).outcomes).toEqual([]);
}

/** Fails as a port does. */
const failing = (code: DomainErrorCode) => () =>
  Promise.reject(new DomainError(code, 'down', { name: 'Fake' }));

test.each([
  ['rejects the token', rejected, 'session-expired'],
  ['rejects the token as malformed', failed('malformed-token'), 'token-malformed'],
  ['has no host', failed('unknown-region'), 'unknown-region'],
  ['throttles', failed('throttled'), 'portal-throttled'],
  ['does not answer', failed('unavailable'), 'portal-unavailable'],
] as const)('the portal %s', async (_name, acceptance, code) => {
  const base = registeringWorld();
  await expectRefused({ ...base, portal: { ...base.portal, accepts: async () => acceptance } }, code);
});

test('a Region that is not configured: its portal is not sent the token', async () => {
  const base = registeringWorld({ portalRegions: ['eu-west-1', 'eu-central-1'] });
  const accepts = jest.fn(base.portal.accepts);
  const world = { ...base, portal: { ...base.portal, accepts } };
  await expectRefused(world, 'unknown-region', aRegistration({ region: 'us-east-1' }));
  expect(accepts).not.toHaveBeenCalled();
  const told = register(world, aRegistration({ region: 'us-east-1' }));
  await expect(told).rejects.toThrow('Send eu-west-1 or eu-central-1.');
});

test.each([
  ['no identity store is known', undefined, 'no-directory'],
  ['nobody has the id', fakeDirectory({}), 'user-not-found'],
  [
    'the identity store does not answer',
    { ...fakeDirectory(), userOf: failing('directory-unavailable') },
    'directory-unavailable',
  ],
] as const)('%s', async (_name, directory, code) => {
  await expectRefused(registeringWorld({ directory }), code);
});

test.each(['find', 'list', 'hold'] as const)('the token cache fails at %s', async (call) => {
  const base = registeringWorld();
  const tokenCache = { ...base.tokenCache, [call]: () => Promise.reject(storeUnavailable()) };
  await expectRefused({ ...base, tokenCache }, 'store-unavailable');
});

test('the cipher fails', async () => {
  const sealer = { seal: failing('cipher-unavailable') };
  await expectRefused({ ...registeringWorld(), sealer }, 'cipher-unavailable');
});

test('a fence that cannot be read is not taken for none: the session is held, and the caller repeats', async () => {
  const base = registeringWorld();
  const world = { ...base, tokenCache: { ...base.tokenCache, fence: failing('store-unavailable') } };
  await expect(register(world)).rejects.toMatchObject({ code: 'store-unavailable' });
  expect(await register(base)).toMatchObject({ isNew: false });
});

test('a defect is not told as one of these', async () => {
  const base = registeringWorld();
  const accepts = () => Promise.reject(new TypeError('bug'));
  await expect(register({ ...base, portal: { ...base.portal, accepts } })).rejects.toThrow(TypeError);
});

test('of several failures the same one is told, whichever is there first', async () => {
  const down = new DomainError('directory-unavailable', 'down');
  for (const slow of ['portal', 'directory']) {
    const base = registeringWorld();
    const wait = (who: string) => (who === slow ? new Promise(setImmediate) : undefined);
    const portal: World['portal'] = {
      ...base.portal,
      accepts: async () => {
        await wait('portal');
        return rejected;
      },
    };
    const directory: World['directory'] = {
      ...fakeDirectory(),
      userOf: async () => {
        await wait('directory');
        throw down;
      },
    };
    await expectRefused({ ...base, portal, directory }, 'session-expired');
  }
});

describe('a session that is held for another user', () => {
  test('stays with that user', async () => {
    const world = registeringWorld();
    await hold(world, BOB, 'a token');
    await expectRefused(world, 'held-for-another-user');
  });

  test('is refused also where it is held for this one, too', async () => {
    const world = registeringWorld();
    for (const userId of [ALICE, BOB]) await hold(world, userId, 'a token');
    await expectRefused(world, 'held-for-another-user');
  });
});

describe('the number of sessions of one user', () => {
  const FEW = 3;
  const withSessions = async (count: number, expiresAt = hoursLater(1)) => {
    const world = registeringWorld({ maxSessionsPerUser: FEW });
    await hold(world, ALICE, ...someTokens(count));
    for (const session of world.cache.sessions) session.expiresAt = expiresAt;
    return world;
  };

  test('is limited', async () => {
    const world = await withSessions(FEW - 1);
    expect(await register(world)).toMatchObject({ isNew: true });
    await expectRefused(await withSessions(FEW), 'too-many-sessions');
  });

  test('does not keep a session that is held from being registered again', async () => {
    const world = await withSessions(FEW - 1);
    await register(world);
    expect(await register(world)).toMatchObject({ isNew: false });
  });

  test('does not count those of others', async () => {
    const world = await withSessions(FEW - 1);
    await hold(world, BOB, ...someTokens(FEW, 'of bob'));
    expect(await register(world)).toMatchObject({ isNew: true });
  });

  test('does not count expired ones, however many pages of them there are', async () => {
    expect(await register(await withSessions(5 * FEW, registeredAt))).toMatchObject({ isNew: true });
    const alive = await withSessions(5 * FEW, new Date(registeredAt.getTime() + 1));
    await expectRefused(alive, 'too-many-sessions');
  });

  test('counts those behind pages of expired ones', async () => {
    const world = await withSessions(5 * FEW);
    const byId = world.cache.sessions.toSorted((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
    for (const session of byId.slice(0, -FEW)) session.expiresAt = registeredAt;
    await expectRefused(world, 'too-many-sessions');
  });
});

test('of many registrations at once, no more are held than there is room for', async () => {
  const world = { ...registeringWorld(), maxSessionsPerUser: 5 };
  const registering = Array.from({ length: 20 }, (_, n) =>
    registerSession(world, aRegistration({ accessToken: new Secret(`token ${n}`) }), ampleTime()).then(
      () => 'held',
      (error: unknown) => (error instanceof DomainError ? error.code : 'defect'),
    ),
  );
  const answers = await Promise.all(registering);
  expect(answers.filter((answer) => answer === 'held')).toHaveLength(5);
  expect(answers.filter((answer) => answer === 'too-many-sessions')).toHaveLength(15);
  expect(world.cache.sessions).toHaveLength(5);
});

test('a registration that begins first and is written last stays, although there is no room any more', async () => {
  const base = registeringWorld();
  const world: World = { ...base, maxSessionsPerUser: 1 };
  const { promise: written, resolve: write } = Promise.withResolvers<void>();
  const slow = {
    ...world,
    clock: () => hoursLater(-1),
    tokenCache: {
      ...world.tokenCache,
      hold: async (...args: Parameters<World['tokenCache']['hold']>) => {
        await written;
        return world.tokenCache.hold(...args);
      },
    },
  };
  const late = registerSession(slow, aRegistration({ accessToken: new Secret('late') }), ampleTime());
  // The other one begins and ends while the write is under way.
  await registerSession(world, aRegistration({ accessToken: new Secret('quick') }), ampleTime());
  write();
  expect(await late).toMatchObject({ isNew: true });
  expect(world.cache.sessions).toHaveLength(2);
});
