import type { Deadline } from '../../../../lambda/domain/deadline.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import type { Portal } from '../../../../lambda/domain/ports.ts';
import { describeRevocation } from '../../../../lambda/domain/record/describe-revocation.ts';
import { countOf } from '../../../../lambda/domain/revocation.ts';
import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import { fakeDenying } from '../../../support/fake-deny-list.ts';
import {
  alreadyInvalid,
  ampleTime,
  failed,
  fakePortal,
  fakeTokenService,
  fakeWorld,
  loggedOut,
  storeUnavailable,
  type World,
} from '../../../support/fakes.ts';
import { ALICE, BOB, hold, someJob, someTokens } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const job = someJob();
const firstTime = { lastAttempt: false };

/** A portal at which every token is valid until it is logged out. */
function livingPortal() {
  const requests: string[] = [];
  const dead = new Set<string>();
  let inFlight = 0;
  let peak = 0;
  const portal: Portal = {
    ...fakePortal(),
    async logout(token) {
      inFlight += 1;
      peak = Math.max(peak, inFlight);
      requests.push(token.reveal());
      await Promise.resolve();
      inFlight -= 1;
      if (dead.has(token.reveal())) return alreadyInvalid;
      dead.add(token.reveal());
      return loggedOut;
    },
  };
  return { portal, requests, dead, peak: () => peak };
}

async function revocation(world: World, id = job.revocationId) {
  const { header, ...rest } = await world.records.read(id, signal);
  if (!header) throw new Error('no header');
  return describeRevocation({ ...rest, header }, new Date('2026-01-02T00:00:00Z'));
}

test('every session of the user is ended once, recorded and deleted, and no session of others', async () => {
  const { portal, requests, peak } = livingPortal();
  const world = { ...fakeWorld(), portal };
  const tokens = someTokens(130);
  await hold(world, ALICE, ...tokens);
  await hold(world, BOB, 'of bob');
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
  expect(requests.toSorted()).toEqual(tokens);
  expect(peak()).toBe(world.concurrency);
  expect(world.cache.sessions.map(({ userId }) => userId)).toEqual([BOB]);
  expect(await revocation(world)).toMatchObject({
    status: 'COMPLETED',
    sessions: { found: 130, loggedOut: 130 },
  });
  expect(world.cache.notes).toEqual([]);
});

test('a user without sessions gets NOTHING_HELD', async () => {
  const world = fakeWorld();
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
  expect(await revocation(world)).toMatchObject({ status: 'NOTHING_HELD', sessions: countOf([]) });
});

test.each([
  ['deleted', 90 * 24 * 3600, 90 * 24 * 3600],
  ['disabled', 30, 30],
  ['removed', 3600, 3600],
  ['signed-out', 30, 0],
] as const)(
  'the fence of a user who is %s lasts %i seconds from the request, and covers sessions registered in %i of them',
  async (cause, seconds, coveredSeconds) => {
    const askedAt = new Date(job.requestedAt);
    const after = (count: number) => new Date(askedAt.getTime() + count * 1000);
    const world = fakeWorld(after(5).getTime());
    await revokeUser(world, { ...job, cause }, ampleTime(), firstTime);
    const fence = { until: after(seconds), coveredUntil: after(coveredSeconds), askedAt };
    expect(world.cache.fences.get(ALICE)).toEqual(fence);
  },
);

test('a sign-out that is carried out late raises no fence', async () => {
  const world = fakeWorld(Date.parse(job.requestedAt) + 30_000);
  await revokeUser(world, job, ampleTime(), firstTime);
  expect(world.cache.fences.size).toBe(0);
});

describe('sessions that were registered after the request', () => {
  const requestedAt = new Date('2026-01-01T12:00:00Z');
  const at = (millis: number) => new Date(requestedAt.getTime() + millis);
  const asked = { ...job, requestedAt: requestedAt.toISOString() };

  async function given() {
    const world = fakeWorld(at(5_000).getTime());
    const registered = { before: at(-1), 'at the request': at(0), after: at(1) };
    for (const [token, registeredAt] of Object.entries(registered)) {
      const [sessionId] = await hold(world, ALICE, token);
      for (const held of world.cache.sessions)
        if (held.sessionId === sessionId) held.registeredAt = registeredAt;
    }
    const left = () => world.cache.sessions.map(({ registeredAt }) => registeredAt);
    return { world, left };
  }

  test('are not ended by a sign-out, even if it is repeated', async () => {
    const { world, left } = await given();
    const down = { ...world, portal: fakePortal(failed('unavailable')) };
    for (let n = 0; n < 3; n += 1)
      expect(await revokeUser(down, asked, ampleTime(), firstTime)).toBe('not-ended');
    expect(await revokeUser(world, asked, ampleTime(), firstTime)).toBe('completed');
    expect(left()).toEqual([at(1)]);
    expect(await revocation(world)).toMatchObject({
      status: 'COMPLETED',
      sessions: { found: 2, loggedOut: 2 },
    });
  });

  test.each(['disabled', 'deleted', 'removed', 'unknown-user'] as const)(
    'are ended if the user is %s',
    async (cause) => {
      const { world, left } = await given();
      expect(await revokeUser(world, { ...asked, cause }, ampleTime(), firstTime)).toBe('completed');
      expect(left()).toEqual([]);
    },
  );

  test('are not ended by a removal, and nobody is denied, if the user was let in again since', async () => {
    const { world, left } = await given();
    const denying = fakeDenying();
    await world.cache.lowerFence(ALICE, { at: at(2), isNoted: true }, signal);
    const removal = { ...asked, cause: 'removed' } as const;
    expect(await revokeUser({ ...world, denying }, removal, ampleTime(), firstTime)).toBe('completed');
    expect(left()).toEqual([at(1)]);
    expect((await denying.list.entries(signal)).entries).toEqual([]);
  });
});

describe('two parallel runs for one user', () => {
  test.each([
    ['the same job, delivered twice', job],
    ['jobs of two revocations', { ...job, revocationId: `user.${'s'.repeat(43)}` }],
  ])('%s: each session is logged out once, and the other run is retried', async (_name, other) => {
    const { portal, requests } = livingPortal();
    const world = { ...fakeWorld(), portal };
    await hold(world, ALICE, ...someTokens(60));
    const both = await Promise.all(
      [job, other].map((each) => revokeUser(world, each, ampleTime(), firstTime)),
    );
    expect(both.toSorted()).toEqual(['busy', 'completed']);
    expect(requests.toSorted()).toEqual(someTokens(60));
    expect(
      await revocation(world, both[0] === 'completed' ? job.revocationId : other.revocationId),
    ).toMatchObject({
      status: 'COMPLETED',
      sessions: { found: 60, loggedOut: 60 },
    });
    for (const each of [job, other])
      expect(await revokeUser(world, each, ampleTime(), firstTime)).toBe('completed');
    expect(requests).toHaveLength(60);
    expect(world.cache.leases.size).toBe(0);
  });

  test('a run that died blocks the next only until its deadline', async () => {
    const world = fakeWorld(Date.parse(job.requestedAt));
    const lease = { holder: 'dead', until: new Date(Date.parse(job.requestedAt) + 60_000) };
    await world.cache.takeLease(ALICE, lease, new Date(job.requestedAt), signal);
    expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('busy');
    const later = { ...world, clock: () => new Date(lease.until) };
    expect(await revokeUser(later, job, ampleTime(), firstTime)).toBe('completed');
  });

  test('a run holds its lease until its deadline', async () => {
    const world = fakeWorld(Date.parse(job.requestedAt));
    const untils: Date[] = [];
    const takeLease: World['tokenCache']['takeLease'] = async (_userId, { until }) => untils.push(until) > 0;
    await revokeUser(
      { ...world, tokenCache: { ...world.tokenCache, takeLease } },
      job,
      ampleTime(),
      firstTime,
    );
    const left = (untils[0]?.getTime() ?? 0) - Date.parse(job.requestedAt);
    expect(left).toBeGreaterThanOrEqual(29_000);
    expect(left).toBeLessThan(35_000);
  });

  test('if the lease cannot be taken, nothing is ended and the job is retried', async () => {
    const world = fakeWorld();
    await hold(world, ALICE, 'one');
    const tokenCache = { ...world.tokenCache, takeLease: () => Promise.reject(storeUnavailable()) };
    const revoking = revokeUser({ ...world, tokenCache }, job, ampleTime(), firstTime);
    await expect(revoking).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(world.cache.sessions).toHaveLength(1);
    expect(world.cache.notes).toHaveLength(1);
  });
});

test('while the portal is down, all sessions are pending and kept; later, the same job completes', async () => {
  const world = fakeWorld();
  await hold(world, ALICE, ...someTokens(30));
  const down = { ...world, portal: fakePortal(failed('unavailable')) };
  expect(await revokeUser(down, job, ampleTime(), firstTime)).toBe('not-ended');
  expect(world.cache.sessions).toHaveLength(30);
  expect(await revocation(world)).toMatchObject({
    status: 'IN_PROGRESS',
    sessions: { found: 30, pending: 30 },
  });
  expect(world.cache.notes).toHaveLength(1);
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
  expect(await revocation(world)).toMatchObject({
    status: 'COMPLETED',
    sessions: { found: 30, loggedOut: 30 },
  });
});

test('the last attempt leaves unfinished sessions as FAILED, and a redrive still completes it', async () => {
  const world = fakeWorld();
  await hold(world, ALICE, 'one', 'two');
  const throttling = { ...world, portal: fakePortal(failed('throttled')) };
  expect(await revokeUser(throttling, job, ampleTime(), { lastAttempt: true })).toBe('not-ended');
  expect(await revocation(world)).toMatchObject({ status: 'FAILED', sessions: { found: 2, failed: 2 } });
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
  expect(await revocation(world)).toMatchObject({
    status: 'COMPLETED',
    sessions: { found: 2, loggedOut: 2 },
  });
});

test('a ciphertext of another row fails alone, and the other sessions are ended', async () => {
  const world = fakeWorld();
  await hold(world, ALICE, 'mine', 'stolen', 'third');
  const [first, second] = world.cache.sessions;
  if (!first || !second) throw new Error('not held');
  second.sealed = first.sealed;
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
  expect(world.cache.sessions).toEqual([]);
  const { outcomes } = await world.records.read(job.revocationId, signal);
  const resisting = outcomes.find(({ sessionId }) => sessionId === second.sessionId);
  expect(resisting).toMatchObject({ outcome: 'FAILED', error: 'ciphertext-invalid' });
  expect(await revocation(world)).toMatchObject({
    status: 'FAILED',
    sessions: { found: 3, loggedOut: 2, failed: 1 },
  });
});

/** A world with one session, whose refresh token can be used once. */
async function refreshable() {
  const world = fakeWorld();
  const [sessionId = ''] = await hold(world, ALICE, 'old');
  const [held] = world.cache.sessions;
  if (!held) throw new Error('not held');
  const refresh = { refreshToken: new Secret('first'), clientId: 'c', clientSecret: new Secret('s') };
  held.sealed = await world.sealer.seal({ accessToken: new Secret('old'), refresh }, held, signal);
  const refreshed = {
    accessToken: new Secret('fresh'),
    expiresInSeconds: 3600,
    refreshToken: new Secret('second'),
  };
  const tokenService = fakeTokenService({ kind: 'refreshed', ...refreshed });
  return { world: { ...world, tokenService }, sessionId };
}

test('if the new refresh token cannot be stored, Logout still happens and the job is retried', async () => {
  const { world } = await refreshable();
  const portal = fakePortal(alreadyInvalid, loggedOut);
  const tokenCache = { ...world.tokenCache, replace: () => Promise.reject(storeUnavailable()) };
  const revoking = revokeUser({ ...world, portal, tokenCache }, job, ampleTime(), firstTime);
  await expect(revoking).rejects.toMatchObject({ code: 'store-unavailable' });
  expect(world.cache.sessions).toEqual([]);
  const { outcomes } = await world.records.read(job.revocationId, signal);
  expect(outcomes).toMatchObject([{ outcome: 'LOGGED_OUT', attempts: 2 }]);
});

test('if Logout fails after a refresh, the new refresh token replaces the old one', async () => {
  const { world, sessionId } = await refreshable();
  const failing: World = { ...world, portal: fakePortal(alreadyInvalid, failed('unavailable')) };
  expect(await revokeUser(failing, job, ampleTime(), firstTime)).toBe('not-ended');
  const [kept] = await world.cache.page(ALICE, { limit: 1 }, signal);
  const tokens = kept && (await world.opener.open(kept.sealed, { userId: ALICE, sessionId }, signal));
  expect(tokens?.refresh?.refreshToken.reveal()).toBe('second');
  expect(tokens?.accessToken.reveal()).toBe('fresh');
});

test('if time runs out, ended sessions are recorded and deleted, and the same job continues', async () => {
  const { portal, requests } = livingPortal();
  const world = { ...fakeWorld(), portal };
  await hold(world, ALICE, ...someTokens(60));
  const left = [60_000, 60_000, 60_000, 9_000];
  const deadline: Deadline = {
    signal,
    remainingMillis: () => (requests.length < 25 ? 60_000 : (left.shift() ?? 9_000)),
  };
  expect(await revokeUser(world, job, deadline, firstTime)).toBe('out-of-time');
  const { outcomes } = await world.records.read(job.revocationId, signal);
  expect(outcomes.length).toBeGreaterThan(0);
  expect(outcomes.length + world.cache.sessions.length).toBe(60);
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
  expect(requests.toSorted()).toEqual(someTokens(60));
});

test('if time runs out before any session ended, the job is retried later, not at once', async () => {
  const world = { ...fakeWorld(), portal: fakePortal(failed('unavailable')) };
  await hold(world, ALICE, ...someTokens(30));
  let pages = 0;
  const tokenCache: World['tokenCache'] = {
    ...world.tokenCache,
    async page(...asked) {
      pages += 1;
      return world.tokenCache.page(...asked);
    },
  };
  const onePage = { signal, remainingMillis: () => (pages === 0 ? 10_000 : 9_999) };
  expect(await revokeUser({ ...world, tokenCache }, job, onePage, firstTime)).toBe('not-ended');
  const { outcomes } = await world.records.read(job.revocationId, signal);
  expect(outcomes).toHaveLength(25);
});

test.each(['raiseFence', 'noteBegun'] as const)(
  'if %s fails, every session is ended, and the job is retried',
  async (call) => {
    const world = fakeWorld();
    await hold(world, ALICE, 'one');
    const tokenCache = { ...world.tokenCache, [call]: () => Promise.reject(storeUnavailable()) };
    const revoking = revokeUser({ ...world, tokenCache }, job, ampleTime(), firstTime);
    await expect(revoking).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(world.cache.sessions).toEqual([]);
  },
);

test('after a page whose Logouts ran out of time, no other page begins', async () => {
  const { portal, requests } = livingPortal();
  const invocation = new AbortController();
  const logout: Portal['logout'] = async (...asked) => {
    invocation.abort();
    return portal.logout(...asked);
  };
  const world = { ...fakeWorld(), portal: { ...portal, logout } };
  await hold(world, ALICE, ...someTokens(30));
  const deadline = { ...ampleTime(), signal: invocation.signal };
  expect(await revokeUser(world, job, deadline, firstTime)).toBe('out-of-time');
  expect([requests.length, world.cache.sessions.length]).toEqual([25, 5]);
});

test.each([
  ['malformed-token', 'FAILED', 'completed', 0],
  ['unknown-region', 'FAILED', 'completed', 0],
  ['throttled', 'PENDING', 'not-ended', 1],
  ['unavailable', 'PENDING', 'not-ended', 1],
] as const)(
  'if the portal answers %s and retries are left, the result is %s, the outcome %s, and %i are held',
  async (why, outcome, done, held) => {
    const world = { ...fakeWorld(), portal: fakePortal(failed(why)) };
    await hold(world, ALICE, 'one');
    expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe(done);
    const { outcomes } = await world.records.read(job.revocationId, signal);
    expect(outcomes).toMatchObject([{ outcome, error: 'Fake' }]);
    expect(world.cache.sessions).toHaveLength(held);
  },
);

test('if the cipher does not answer, the session is retried', async () => {
  const open = () => Promise.reject(new DomainError('cipher-unavailable', 'down'));
  const world = { ...fakeWorld(), opener: { open } };
  await hold(world, ALICE, 'one');
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('not-ended');
  const { outcomes } = await world.records.read(job.revocationId, signal);
  expect(outcomes).toMatchObject([{ outcome: 'PENDING', error: 'cipher-unavailable', attempts: 0 }]);
});

test('a completed job is not repeated, so sessions registered since are kept', async () => {
  const { portal, requests } = livingPortal();
  const world = { ...fakeWorld(), portal };
  await hold(world, ALICE, 'before');
  await revokeUser(world, job, ampleTime(), firstTime);
  world.cache.fences.clear();
  await hold(world, ALICE, 'after');
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
  expect(requests).toEqual(['before']);
  expect(world.cache.fences.size).toBe(0);
});

test('sessions that appear while others are being ended are ended, too', async () => {
  const { portal, requests } = livingPortal();
  const world: World = { ...fakeWorld() };
  await hold(world, ALICE, 'first');
  world.portal = {
    ...portal,
    async logout(...args) {
      if (requests.length < 3) await hold(world, ALICE, `late ${requests.length}`);
      return portal.logout(...args);
    },
  };
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
  expect(world.cache.sessions).toEqual([]);
  expect(requests).toHaveLength(4);
});

test('attempts are counted over all runs', async () => {
  const world = fakeWorld();
  await hold(world, ALICE, 'one');
  const down = { ...world, portal: fakePortal(failed('unavailable')) };
  for (const _run of [1, 2]) await revokeUser(down, job, ampleTime(), firstTime);
  await revokeUser(world, job, ampleTime(), firstTime);
  const { outcomes } = await world.records.read(job.revocationId, signal);
  expect(outcomes).toMatchObject([{ outcome: 'LOGGED_OUT', attempts: 7 }]);
});

const calls = [
  ['records', 'read'],
  ['records', 'putHeader'],
  ['records', 'putOutcomes'],
  ['records', 'complete'],
  ['tokenCache', 'raiseFence'],
  ['tokenCache', 'noteBegun'],
  ['tokenCache', 'page'],
  ['tokenCache', 'forgetAll'],
  ['tokenCache', 'noteDone'],
] as const;

describe.each(calls)('%s.%s fails', (store, call) => {
  // Each call of the same function, because some are made more than once.
  test.each([1, 2, 3])('call no. %i: the retry completes, and nobody is logged out twice', async (which) => {
    const { portal, requests, dead } = livingPortal();
    const world = { ...fakeWorld(), portal };
    const tokens = someTokens(60);
    await hold(world, ALICE, ...tokens);
    let count = 0;
    const original = world[store][call as never] as (...args: unknown[]) => Promise<unknown>;
    const breaking = (...args: unknown[]) => {
      count += 1;
      return count === which ? Promise.reject(storeUnavailable()) : original(...args);
    };
    const broken = { ...world, [store]: { ...world[store], [call]: breaking } };
    const first = await revokeUser(broken, job, ampleTime(), firstTime).catch((error: unknown) => error);
    expect(first === 'completed' || first instanceof DomainError).toBe(true);
    expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
    expect([...dead].toSorted()).toEqual(tokens);
    expect(world.cache.sessions).toEqual([]);
    expect(world.cache.notes).toEqual([]);
    const { sessions } = await revocation(world);
    expect(sessions).toMatchObject({ found: 60, pending: 0, failed: 0 });
    // Logout is repeated, and answered 401, only if recording the page had failed.
    if (call !== 'putOutcomes') expect(requests).toHaveLength(60);
  });
});
