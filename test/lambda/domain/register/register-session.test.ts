import { registerSession } from '../../../../lambda/domain/register/register-session.ts';
import type { Regions } from '../../../../lambda/domain/sessions/end-session.ts';
import { ampleTime, type World } from '../../../support/fakes.ts';
import {
  aRegistration,
  hoursLater,
  registeredAt,
  registeredId,
  registeringWorld,
  someRefresh,
} from '../../../support/registering.ts';
import { ALICE } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const row = { userId: ALICE, sessionId: registeredId };

const register = (world: World, request = aRegistration()) => registerSession(world, request, ampleTime());
const held = async ({ cache }: World) => {
  const session = await cache.held(row, signal);
  if (!session || cache.sessions.length !== 1) throw new Error('Not this session alone is held.');
  return session;
};
const tokensIn = async (world: World) => world.opener.open((await held(world)).sealed, row, signal);

test('a session is held sealed, confirmed, until its access token expires', async () => {
  const world = registeringWorld();
  const registered = await register(world);
  expect(registered).toEqual({ ...row, expiresAt: hoursLater(1), refreshable: false, isNew: true });
  expect(await held(world)).toMatchObject({
    region: 'eu-west-1',
    registeredAt,
    accessTokenExpiresAt: hoursLater(1),
    expiresAt: hoursLater(1),
    refreshable: false,
    confirmed: true,
  });
  const tokens = await tokensIn(world);
  expect(tokens.accessToken.reveal()).toBe('a token');
  expect(tokens).not.toHaveProperty('refresh');
  expect(world.reports.sent).toEqual([]);
  expect((await world.records.read(registeredId, signal)).header).toBeUndefined();
});

test.each([
  ['with a refresh token: as long as the portal session may live', hoursLater(1), true, hoursLater(8)],
  ['with a refresh token, and an expired access token', new Date(0), true, hoursLater(8)],
  [
    'that says it never expires: no longer than the portal session',
    new Date('9999-01-01'),
    false,
    hoursLater(8),
  ],
  ['that says it is expired, but the portal accepts it', new Date('2020-01-01'), false, hoursLater(8)],
  ['that says it expires now, but the portal accepts it', registeredAt, false, hoursLater(8)],
  ['that says it expires at the very end', hoursLater(8), false, hoursLater(8)],
])('a file %s', async (_name, accessTokenExpiresAt, isRefreshable, expiresAt) => {
  const world = registeringWorld();
  const refresh = isRefreshable ? someRefresh() : undefined;
  expect(await register(world, aRegistration({ accessTokenExpiresAt, refresh }))).toMatchObject({
    expiresAt,
    refreshable: isRefreshable,
  });
  expect(await held(world)).toMatchObject({ expiresAt, accessTokenExpiresAt, refreshable: isRefreshable });
  expect((await tokensIn(world)).refresh).toEqual(refresh);
});

test.each([
  [undefined, 'eu-west-1'],
  ['eu-west-1', 'eu-west-1'],
  ['us-east-1', 'us-east-1'],
])(
  'a file with the Region %s is held with the Region whose portal accepted it: %s',
  async (region, asked) => {
    const portalRegions: Regions = ['eu-west-1', 'us-east-1'];
    const regions: string[] = [];
    const base = registeringWorld({ portalRegions });
    const accepts: World['portal']['accepts'] = async (_token, where) => {
      regions.push(where);
      return { kind: 'accepted' };
    };
    const world = { ...base, portal: { ...base.portal, accepts } };
    await register(world, aRegistration({ region }));
    expect(await held(world)).toMatchObject({ region: asked });
    expect(regions).toEqual([asked]);
  },
);

describe('a session that is held already', () => {
  const inHalfAnHour = new Date(registeredAt.getTime() + 1_800_000);
  const again = (world: World) => ({ ...world, clock: () => inHalfAnHour });

  test('is known, and keeps the time at which it was registered first', async () => {
    const world = registeringWorld();
    await register(world);
    const known = { ...row, expiresAt: hoursLater(1), refreshable: false, isNew: false };
    expect(await register(again(world))).toEqual(known);
    expect(await held(world)).toMatchObject({ registeredAt, expiresAt: hoursLater(1) });
  });

  test.each([
    ['without a refresh token', undefined],
    ['with another one', someRefresh('junk')],
  ])('keeps its refresh token and its expiry when a file %s is registered', async (_name, refresh) => {
    const world = registeringWorld();
    await register(world, aRegistration({ refresh: someRefresh() }));
    const before = await held(world);
    const accessTokenExpiresAt = new Date('2020-01-01');
    const answer = await register(again(world), aRegistration({ refresh, accessTokenExpiresAt }));
    expect(answer).toEqual({ ...row, expiresAt: hoursLater(8), refreshable: true, isNew: false });
    expect(await held(world)).toEqual(before);
    expect((await tokensIn(world)).refresh).toEqual(someRefresh());
  });

  test('gets a refresh token that it lacks', async () => {
    const world = registeringWorld();
    await register(world);
    const answer = await register(again(world), aRegistration({ refresh: someRefresh() }));
    const expiresAt = new Date(inHalfAnHour.getTime() + 8 * 3_600_000);
    expect(answer).toMatchObject({ expiresAt, refreshable: true });
    expect(await held(world)).toMatchObject({ refreshable: true, registeredAt, expiresAt });
    expect((await tokensIn(world)).refresh).toEqual(someRefresh());
  });

  test.each([
    ['sooner', new Date(inHalfAnHour.getTime() + 1), hoursLater(1)],
    ['later', hoursLater(2), hoursLater(2)],
  ])(
    'is never held shorter: a file says that it expires %s',
    async (_name, accessTokenExpiresAt, expiresAt) => {
      const world = registeringWorld();
      await register(world);
      expect(await register(again(world), aRegistration({ accessTokenExpiresAt }))).toMatchObject({
        expiresAt,
      });
      expect(await held(world)).toMatchObject({ expiresAt });
    },
  );

  test('keeps its Region, whichever accepts it now', async () => {
    const world = registeringWorld({ portalRegions: ['eu-west-1', 'us-east-1'] });
    await register(world);
    await register(world, aRegistration({ region: 'us-east-1', refresh: someRefresh() }));
    expect(await held(world)).toMatchObject({ region: 'eu-west-1', refreshable: true });
  });

  test.each([
    ['without a refresh token', undefined],
    ['with one', someRefresh('another refresh token')],
  ])(
    'of a version that did not say whether it can be refreshed stays as it is, and nobody is told that it can, when a file %s is registered',
    async (_name, refresh) => {
      const world = registeringWorld();
      await register(world, aRegistration({ refresh: someRefresh() }));
      const { refreshable: _, confirmed: __, ...old } = await held(world);
      world.cache.sessions.splice(0, 1, old);
      expect(await register(again(world), aRegistration({ refresh }))).toMatchObject({
        expiresAt: hoursLater(8),
        refreshable: false,
        isNew: false,
      });
      expect(await held(world)).toEqual(old);
    },
  );
});
