import { processReport } from '../../../../lambda/domain/detect/process-report.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import { registerSession } from '../../../../lambda/domain/register/register-session.ts';
import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import { fakeDenying } from '../../../support/fake-deny-list.ts';
import {
  ampleTime,
  failed,
  fakeDirectory,
  fakeQueue,
  fakeTokenService,
  loggedOut,
  rejected,
  storeUnavailable,
  type World,
} from '../../../support/fakes.ts';
import {
  aRegistration,
  hoursLater,
  registeredAt,
  registeredId,
  registeringWorld,
  someRefresh,
} from '../../../support/registering.ts';
import { ALICE, BOB, fenceUntil, hold } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const fence = (hours: number) => fenceUntil(hoursLater(hours), hoursLater(-1));
const enabled = fakeDirectory({ [ALICE]: 'enabled' });

async function fencedWorld(overrides: Partial<World> = {}): Promise<World> {
  const world = registeringWorld({ denying: fakeDenying(), ...overrides });
  await world.cache.raiseFence(ALICE, fence(1), signal);
  return world;
}

async function expectRevoked(world: World, request = aRegistration()): Promise<void> {
  const registering = registerSession(world, request, ampleTime());
  await expect(registering).rejects.toMatchObject({ code: 'user-revoked' });
}

const recorded = ({ records }: World) => records.read(registeredId, signal);

test.each<[string, Parameters<typeof fakeDirectory>[0], number | undefined]>([
  ['fenced', { [ALICE]: 'enabled' }, 1],
  ['disabled', { [ALICE]: 'disabled' }, undefined],
  ['disabled and fenced', { [ALICE]: 'disabled' }, 1],
  ['deleted, but fenced', {}, 1],
])('the session of a user who is %s is ended, recorded, and not held', async (_name, users, hours) => {
  const world = registeringWorld({ directory: fakeDirectory(users) });
  if (hours) await world.cache.raiseFence(ALICE, fence(hours), signal);
  await expectRevoked(world);
  expect(world.cache.sessions).toEqual([]);
  const { header, outcomes } = await recorded(world);
  expect(header).toMatchObject({
    subject: { userId: ALICE, sessionId: registeredId },
    reason: 'signed in while being revoked',
    requestedBy: 'x',
    denial: 'per-user',
  });
  expect(outcomes).toMatchObject([{ outcome: 'LOGGED_OUT', attempts: 1 }]);
  expect(world.reports.sent).toEqual([]);
});

test.each([
  ['over', fence(0), 'held'],
  ['not over yet', { ...fence(0), until: new Date(registeredAt.getTime() + 1) }, 'user-revoked'],
])('a fence whose time is %s', async (_name, raised, expected) => {
  const world = registeringWorld();
  await world.cache.raiseFence(ALICE, raised, signal);
  if (expected === 'user-revoked') await expectRevoked(world);
  else expect(await registerSession(world, aRegistration(), ampleTime())).toMatchObject({ isNew: true });
});

test('a fence that was lowered is none', async () => {
  const world = await fencedWorld();
  await world.cache.lowerFence(ALICE, { at: registeredAt, isNoted: true }, signal);
  expect(await registerSession(world, aRegistration(), ampleTime())).toMatchObject({ isNew: true });
});

test('nothing else happens to a user who is fenced: no other session ends, no role session is denied, no fence moves', async () => {
  const denying = fakeDenying();
  const world = await fencedWorld({ denying });
  await hold(world, ALICE, 'another one');
  await hold(world, BOB, 'of bob');
  await expectRevoked(world);
  expect(world.cache.sessions).toHaveLength(2);
  expect((await denying.list.entries(signal)).entries).toEqual([]);
  expect(denying.wakes()).toBe(0);
  expect(world.cache.fences.get(ALICE)).toEqual(fence(1));
  expect([world.cache.notes, world.queue.jobs, world.reports.sent]).toEqual([[], [], []]);
});

describe.each([
  ['throttles', failed('throttled')],
  ['does not answer', failed('unavailable')],
  ['rejects the token', failed('malformed-token')],
])('if the portal %s at Logout', (_name, answer) => {
  test('the session stays held, and is reported to the workers: the session alone', async () => {
    const base = registeringWorld();
    const world = await fencedWorld({ portal: { ...base.portal, logout: async () => answer } });
    await expectRevoked(world);
    expect(world.cache.sessions).toMatchObject([{ userId: ALICE, sessionId: registeredId }]);
    expect(world.reports.sent).toEqual([{ kind: 'fenced', userId: ALICE, sessionId: registeredId }]);
    expect(world.queue.jobs).toEqual([]);
    expect((await recorded(world)).outcomes).toEqual([]);
  });
});

test('a record that fails is told, and reported, so that a worker completes it', async () => {
  const base = await fencedWorld();
  const world = {
    ...base,
    records: { ...base.records, putHeader: () => Promise.reject(storeUnavailable()) },
  };
  const registering = registerSession(world, aRegistration(), ampleTime());
  await expect(registering).rejects.toMatchObject({ code: 'record-incomplete' });
  expect(world.reports.sent).toHaveLength(1);
  await expectRevoked(base);
  expect((await recorded(base)).header).toBeDefined();
  expect(base.cache.sessions).toEqual([]);
});

test('a session that is held, and whose token is dead by now, is reported to the workers and ended by nobody else', async () => {
  const { portal } = registeringWorld();
  const logouts: string[] = [];
  const world = await fencedWorld({
    portal: {
      accepts: async () => rejected,
      logout: async (token, ...rest) => {
        logouts.push(token.reveal());
        return portal.logout(token, ...rest);
      },
    },
  });
  await hold(world, ALICE, 'a token');
  const before = [...world.cache.sessions];
  await expectRevoked(world, aRegistration({ refresh: someRefresh('junk') }));
  expect(world.reports.sent).toEqual([{ kind: 'fenced', userId: ALICE, sessionId: registeredId }]);
  expect(world.cache.sessions).toEqual(before);
  expect(logouts).toEqual([]);
});

test.each([
  ['is not held', [], 1],
  ['is held, and no fence stands', ['a token'], 0],
])('a session whose token is dead is rejected if it %s', async (_name, tokens, hours) => {
  const world = registeringWorld({ portal: { ...registeringWorld().portal, accepts: async () => rejected } });
  await world.cache.raiseFence(ALICE, fence(hours), signal);
  await hold(world, ALICE, ...tokens);
  const registering = registerSession(world, aRegistration(), ampleTime());
  await expect(registering).rejects.toMatchObject({ code: 'session-expired' });
  expect(world.reports.sent).toEqual([]);
});

test('a queue that fails is told: nobody else would end the session soon', async () => {
  const { portal } = registeringWorld();
  const down = new DomainError('queue-unavailable', 'down');
  const world = await fencedWorld({
    portal: { ...portal, logout: async () => failed('unavailable') },
    reports: { sent: [], send: () => Promise.reject(down) },
  });
  const registering = registerSession(world, aRegistration(), ampleTime());
  await expect(registering).rejects.toBe(down);
  // The sweep finds it by the fence.
  expect(world.cache.sessions).toHaveLength(1);
});

test('a defect in ending it is told as such, and not reported', async () => {
  const { portal } = registeringWorld();
  const logout = () => Promise.reject(new TypeError('bug'));
  const world = await fencedWorld({ portal: { ...portal, logout } });
  await expect(registerSession(world, aRegistration(), ampleTime())).rejects.toThrow(TypeError);
  expect(world.reports.sent).toEqual([]);
});

test('the refresh token that was exchanged in ending it is replaced in the copy by its successor', async () => {
  const { portal } = registeringWorld();
  const refreshed = { accessToken: aRegistration().accessToken, expiresInSeconds: 3600 };
  const next = someRefresh('the next one').refreshToken;
  const world = await fencedWorld({
    portal: { ...portal, logout: async () => failed('unavailable') },
    tokenService: fakeTokenService({ kind: 'refreshed', ...refreshed, refreshToken: next }),
  });
  await expectRevoked(world, aRegistration({ refresh: someRefresh(), accessTokenExpiresAt: new Date(0) }));
  const [held] = world.cache.sessions;
  const tokens = held && (await world.opener.open(held.sealed, held, signal));
  expect(tokens?.refresh?.refreshToken.reveal()).toBe('the next one');
});

test.each([
  ['does not have it yet', []],
  ['has it', [ALICE]],
])('the copy is deleted, also while the index by session %s', async (_name, indexed) => {
  const base = await fencedWorld({ directory: enabled });
  const find = async () => indexed.map((userId) => ({ userId, sessionId: registeredId }));
  await expectRevoked({ ...base, tokenCache: { ...base.tokenCache, find } });
  expect(base.cache.sessions).toEqual([]);
});

test('Logout asks the Region that accepted the token', async () => {
  const regions: string[] = [];
  const { portal } = registeringWorld();
  const logout: World['portal']['logout'] = async (_token, region) => {
    regions.push(region);
    return loggedOut;
  };
  const world = await fencedWorld({
    portal: { ...portal, logout },
    portalRegions: ['eu-west-1', 'us-east-1'],
  });
  await expectRevoked(world, aRegistration({ region: 'us-east-1' }));
  expect(regions).toEqual(['us-east-1']);
});

test.each<[string, Date, number]>([
  ['30 seconds', new Date(registeredAt.getTime() + 30_000), 30],
  ['a part of a second', new Date(registeredAt.getTime() + 1), 1],
])('whoever is refused for %s more is told when to sign in again', async (_name, until, seconds) => {
  const world = registeringWorld();
  await world.cache.raiseFence(ALICE, { until, coveredUntil: registeredAt, askedAt: registeredAt }, signal);
  const registering = registerSession(world, aRegistration(), ampleTime());
  await expect(registering).rejects.toMatchObject({ code: 'user-revoked', retryAfterSeconds: seconds });
});

test.each([
  ['the directory', { [ALICE]: 'disabled' } as const],
  ['the company', { [ALICE]: 'enabled' } as const],
])('who may not sign in by the word of %s is not told to come again', async (_name, users) => {
  const world = await fencedWorld({ directory: fakeDirectory(users) });
  const registering = registerSession(world, aRegistration(), ampleTime());
  await expect(registering).rejects.toMatchObject({ code: 'user-revoked', retryAfterSeconds: undefined });
});

test('if the header could not be recorded, nor reported, and the session is not held any more, the same request has the worker complete the record', async () => {
  const { portal, records, reports } = registeringWorld();
  let isDown = true;
  const fails =
    <T extends unknown[], R>(call: (...args: T) => Promise<R>) =>
    (...args: T) =>
      isDown ? Promise.reject(storeUnavailable()) : call(...args);
  const world = await fencedWorld({
    portal: { ...portal, accepts: async () => (isDown ? { kind: 'accepted' } : rejected) },
    records: { ...records, putHeader: fails(records.putHeader) },
    reports: { sent: reports.sent, send: fails(reports.send) },
  });
  await expect(registerSession(world, aRegistration(), ampleTime())).rejects.toThrow(DomainError);
  isDown = false;
  await world.cache.forget({ userId: ALICE, sessionId: registeredId }, signal);
  const again = registerSession(world, aRegistration(), ampleTime());
  await expect(again).rejects.toMatchObject({ code: 'session-expired' });
  await workOff(world);
  const { header, outcomes } = await recorded(world);
  expect(header).toMatchObject({ subject: { userId: ALICE, sessionId: registeredId } });
  expect(outcomes).toMatchObject([{ outcome: 'LOGGED_OUT' }]);
});

/** What the worker makes of the reports. */
async function workOff(world: World): Promise<void> {
  const removals = fakeQueue();
  for (const report of world.reports.sent)
    await processReport(
      { ...world, queues: { removals, bulk: fakeQueue() } },
      JSON.stringify(report),
      ampleTime(),
    );
  for (const job of removals.jobs)
    if (job.kind === 'revoke-user') await revokeUser(world, job, ampleTime(), { lastAttempt: false });
}
