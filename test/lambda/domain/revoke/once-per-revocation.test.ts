import type { Cause } from '../../../../lambda/domain/cause.ts';
import type { Portal } from '../../../../lambda/domain/ports.ts';
import { begin } from '../../../../lambda/domain/revoke/begin.ts';
import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import { fakeDenying } from '../../../support/fake-deny-list.ts';
import {
  ampleTime,
  failed,
  fakePortal,
  fakeWorld,
  loggedOut,
  storeUnavailable,
  type World,
} from '../../../support/fakes.ts';
import { ALICE, hold, someJob, someTokens } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const firstTime = { lastAttempt: false };
const HOUR = 3_600_000;
const requestedAt = new Date('2026-01-01T00:00:00Z');
const later = (hours: number) => new Date(requestedAt.getTime() + hours * HOUR);
const jobFor = (cause: Cause) => someJob({ cause, requestedAt: requestedAt.toISOString() });

function denyingWorld(overrides: Partial<World> = {}) {
  const denying = fakeDenying();
  const world: World = { ...fakeWorld(), clock: () => requestedAt, denying, ...overrides };
  const denied = async () => {
    const { entries } = await denying.list.entries(signal);
    return entries.map(({ userId: _, revocationId: __, askedAt: ___, cause: ____, ...entry }) => entry);
  };
  return { world, denied };
}

const SECONDS_30 = new Date(requestedAt.getTime() + 30_000);

test.each<[Cause, object[], Date | undefined, string]>([
  // With a portal session of 8 hours and a role session of 12.
  ['deleted', [{ until: later(20) }], later(90 * 24), 'asked'],
  ['disabled', [{ until: later(20) }], SECONDS_30, 'asked'],
  ['removed', [{ until: later(20) }], later(1), 'asked'],
  ['signed-out', [{ until: later(12), issuedBefore: requestedAt }], SECONDS_30, 'asked'],
  ['unknown-user', [], undefined, 'user-unknown'],
  ['fenced', [], undefined, 'per-user'],
])(
  'a job with the cause %s has its denial, its fence, and its place in the record',
  async (cause, denials, until, denial) => {
    const { world, denied } = denyingWorld();
    await hold(world, ALICE, 'one');
    expect(await revokeUser(world, jobFor(cause), ampleTime(), firstTime)).toBe('completed');
    expect(world.cache.sessions).toEqual([]);
    expect(await denied()).toEqual(denials);
    expect(world.cache.fences.get(ALICE)?.until).toEqual(until);
    const { header } = await world.records.read(jobFor(cause).revocationId, signal);
    expect(header).toMatchObject({ denial });
  },
);

test.each<[Cause, number | undefined, Date]>([
  ['signed-out', undefined, SECONDS_30],
  ['signed-out', 600, new Date(requestedAt.getTime() + 600_000)],
  // Never shorter than a registration takes.
  ['signed-out', 1, SECONDS_30],
  ['disabled', 600, SECONDS_30],
  ['deleted', 600, later(90 * 24)],
])(
  'the fence of a job with the cause %s, if sign-outs are fenced for %s seconds',
  async (cause, signOutFenceSeconds, until) => {
    const { world } = denyingWorld();
    await revokeUser({ ...world, signOutFenceSeconds }, jobFor(cause), ampleTime(), firstTime);
    expect(world.cache.fences.get(ALICE)?.until).toEqual(until);
  },
);

test.each(['deleted', 'disabled', 'removed', 'signed-out'] as const)(
  'repeating a job with the cause %s to the last attempt moves neither fence nor denial',
  async (cause) => {
    const { world, denied } = denyingWorld({ portal: fakePortal(failed('unavailable')) });
    await hold(world, ALICE, 'one');
    const standing = async () => [world.cache.fences.get(ALICE), await denied()];
    await revokeUser(world, jobFor(cause), ampleTime(), firstTime);
    const first = await standing();
    for (const hours of [1, 9, 11]) {
      const repeated = { ...world, clock: () => later(hours) };
      const attempt = { lastAttempt: hours === 11 };
      expect(await revokeUser(repeated, jobFor(cause), ampleTime(), attempt)).toBe('not-ended');
    }
    expect(await standing()).toEqual(first);
  },
);

test('a removal whose denial could not be entered at first is denied for the same time', async () => {
  const { world, denied } = denyingWorld({ clock: () => later(5) });
  const enter = () => Promise.reject(storeUnavailable());
  const broken = { ...world.denying, list: { ...world.denying?.list, enter } } as World['denying'];
  const asked = revokeUser({ ...world, denying: broken }, jobFor('disabled'), ampleTime(), firstTime);
  await expect(asked).rejects.toMatchObject({ code: 'store-unavailable' });
  const repeated = { ...world, clock: () => later(9) };
  expect(await revokeUser(repeated, jobFor('disabled'), ampleTime(), firstTime)).toBe('completed');
  const { header } = await world.records.read(jobFor('disabled').revocationId, signal);
  expect(header?.removedAt).toEqual(later(5));
  expect(await denied()).toEqual([{ until: later(5 + 20) }]);
});

test('a sign-out that turns out to be a removal is denied from the time when that is known', async () => {
  const { world, denied } = denyingWorld({ portal: fakePortal(failed('unavailable')) });
  await hold(world, ALICE, 'one');
  await revokeUser(world, jobFor('signed-out'), ampleTime(), firstTime);
  for (const hours of [2, 5]) {
    const repeated = { ...world, clock: () => later(hours) };
    await revokeUser(repeated, jobFor('disabled'), ampleTime(), firstTime);
    const { header } = await world.records.read(jobFor('disabled').revocationId, signal);
    expect(header?.removedAt).toEqual(later(2));
    expect(await denied()).toEqual([{ until: later(2 + 20) }]);
  }
});

test('repeating a job does not fence or deny a user again if both were lifted', async () => {
  const { world, denied } = denyingWorld({ portal: fakePortal(failed('unavailable')) });
  await hold(world, ALICE, 'one');
  await revokeUser(world, jobFor('removed'), ampleTime(), firstTime);
  const lifted = { at: later(1), by: 'operator' };
  const [entry] = (await world.denying?.list.entriesOf(ALICE, signal)) ?? [];
  if (entry) await world.denying?.list.lift(entry, lifted, signal);
  await world.cache.lowerFence(ALICE, { at: lifted.at, isNoted: true }, signal);
  await revokeUser(world, jobFor('removed'), ampleTime(), firstTime);
  expect(await denied()).toEqual([{ until: later(20), lifted }]);
  expect(await world.cache.fence(ALICE, signal)).toBeUndefined();
});

test('begin writes header, fence, denial and note of a job, with times from its request', async () => {
  const now = new Date(requestedAt.getTime() + 3_000);
  const { world, denied } = denyingWorld({ clock: () => now });
  await begin(world, jobFor('signed-out'), undefined, signal);
  const { header } = await world.records.read(jobFor('signed-out').revocationId, signal);
  expect(header).toMatchObject({ requestedAt, denial: 'asked' });
  expect(world.cache.fences.get(ALICE)?.until).toEqual(SECONDS_30);
  expect(await denied()).toEqual([{ until: later(12), issuedBefore: requestedAt }]);
  // The note has the time of its beginning, from which the sweep counts.
  expect(world.cache.notes).toEqual([{ job: jobFor('signed-out'), at: now }]);
});

test('a job for one session ends that one, but no other and none registered meanwhile', async () => {
  const { world } = denyingWorld();
  const ids = await hold(world, ALICE, ...someTokens(60));
  const requests: string[] = [];
  const logout: Portal['logout'] = async (token) => {
    requests.push(token.reveal());
    await hold(world, ALICE, 'meanwhile');
    return loggedOut;
  };
  world.portal = { ...world.portal, logout };
  const [sessionId = ''] = ids.slice(40);
  const job = { ...jobFor('fenced'), sessionId };
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
  expect(requests).toEqual(someTokens(60).slice(40, 41));
  expect(world.cache.sessions).toHaveLength(60);
  const { header } = await world.records.read(job.revocationId, signal);
  expect(header?.completion?.sessions).toMatchObject({ found: 1, loggedOut: 1 });
});
