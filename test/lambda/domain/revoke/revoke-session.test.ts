import type { Deadline } from '../../../../lambda/domain/deadline.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import type { Portal, TokenService } from '../../../../lambda/domain/ports.ts';
import { type RevokeSessionDeps, revokeSession } from '../../../../lambda/domain/revoke/revoke-session.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import { type HeldSession, sessionIdOf } from '../../../../lambda/domain/session.ts';
import {
  alreadyInvalid,
  ampleTime,
  failed,
  fakeCache,
  fakeCipher,
  fakePortal,
  fakeRecords,
  fakeTokenService,
  fakeWorld,
  loggedOut,
  storeUnavailable,
  type World,
} from '../../../support/fakes.ts';

const accessToken = new Secret('a token');
const sessionId = sessionIdOf(accessToken);
const request = { accessToken, requestedBy: 'arn:aws:sts::000000000000:assumed-role/offboarding/x' };
const cached: HeldSession = {
  userId: 'a user',
  sessionId,
  registeredAt: new Date(0),
  accessTokenExpiresAt: new Date(0),
  expiresAt: new Date(0),
  sealed: { ciphertext: new Uint8Array(1), dataKey: new Uint8Array(1) },
};

function fakeKeys() {
  const cipher = fakeCipher();
  return { opener: cipher, sealer: cipher };
}

function given(overrides: Partial<RevokeSessionDeps> = {}): RevokeSessionDeps {
  let minute = 0;
  return {
    clock: () => new Date(Date.UTC(2026, 0, 1, 0, minute++)),
    portal: fakePortal(loggedOut),
    tokenService: fakeTokenService(),
    tokenCache: fakeCache(),
    records: fakeRecords(),
    ...fakeKeys(),
    portalRegions: ['eu-west-1'],
    portalSessionSeconds: 8 * 3600,
    maxRoleSessionSeconds: 12 * 3600,
    denying: undefined,
    ...overrides,
  };
}

test('a live session is logged out, recorded, and its cached copy is deleted', async () => {
  const tokenCache = fakeCache(cached);
  const deps = given({ tokenCache });
  const done = await revokeSession(deps, { ...request, reason: 'laptop stolen' }, ampleTime());
  expect(done.cachedCopyDeleted).toBe(true);
  expect(done.revocation).toEqual({
    revocationId: sessionId,
    status: 'COMPLETED',
    subject: { sessionId, userId: 'a user' },
    source: 'http',
    requestedBy: request.requestedBy,
    reason: 'laptop stolen',
    requestedAt: '2026-01-01T00:00:00.000Z',
    completedAt: '2026-01-01T00:01:00.000Z',
    sessions: { found: 1, loggedOut: 1, alreadyInvalid: 0, pending: 0, failed: 0 },
    roleSessions: {
      mayContinueUntil: '2026-01-01T12:01:00.000Z',
      deniedAt: null,
      notDenied: 'switched-off',
    },
  });
  expect(tokenCache.sessions).toEqual([]);
  const recorded = await deps.records.read(sessionId, ampleTime().signal);
  expect(recorded.outcomes).toEqual([done.recorded]);
  expect(recorded.outcomes).toEqual([
    { sessionId, outcome: 'LOGGED_OUT', at: new Date('2026-01-01T00:01:00Z'), attempts: 1 },
  ]);
});

test('repeating the request returns the same revocation, whatever the portal says by then', async () => {
  const deps = given({
    portal: fakePortal(loggedOut, alreadyInvalid, failed('throttled'), failed('unavailable')),
  });
  const first = await revokeSession(deps, request, ampleTime());
  for (const what of ['401', '429', '503']) {
    const again = await revokeSession(deps, { ...request, reason: what, requestedBy: what }, ampleTime());
    expect(again).toEqual({ revocation: first.revocation, recorded: undefined, cachedCopyDeleted: false });
  }
});

describe('a dead access token whose cached copy has a refresh token', () => {
  const refresh = { refreshToken: new Secret('r'), clientId: 'c', clientSecret: new Secret('s') };
  const fresh = { kind: 'refreshed' as const, accessToken: new Secret('fresh'), expiresInSeconds: 3600 };

  async function world(overrides: Partial<World> = {}): Promise<World> {
    const base = fakeWorld();
    const sealed = await base.sealer.seal({ accessToken, refresh }, cached, ampleTime().signal);
    await base.cache.hold({ ...cached, sealed }, ampleTime().signal);
    return {
      ...base,
      tokenService: fakeTokenService(fresh),
      portal: fakePortal(alreadyInvalid, loggedOut),
      ...overrides,
    };
  }

  test('the session is ended through the copy before the copy is deleted', async () => {
    const deps = await world();
    const { revocation, recorded } = await revokeSession(deps, request, ampleTime());
    expect(revocation.sessions).toMatchObject({ found: 1, loggedOut: 1 });
    expect(recorded).toMatchObject({ outcome: 'LOGGED_OUT', attempts: 2 });
    expect(deps.cache.sessions).toEqual([]);
  });

  test('the session is also ended through the copy if the posted file has an older refresh token', async () => {
    const posted = { ...refresh, refreshToken: new Secret('exchanged for r') };
    const tokenService: TokenService = {
      refresh: async ({ refreshToken }) =>
        refreshToken.reveal() === 'r'
          ? fresh
          : { kind: 'refused', failure: { name: 'InvalidGrantException' } },
    };
    const deps = await world({ tokenService });
    const { revocation } = await revokeSession(deps, { ...request, refresh: posted }, ampleTime());
    expect(revocation.sessions).toMatchObject({ found: 1, loggedOut: 1, alreadyInvalid: 0 });
  });

  test.each([
    ['alive', loggedOut],
    ['recorded as logged out', alreadyInvalid],
  ])('the copy of a session that is %s is deleted without a refresh', async (_name, answer) => {
    const tokenService = { refresh: () => Promise.reject(new Error('refreshed')) };
    const deps = await world({ portal: fakePortal(answer), tokenService });
    if (answer === alreadyInvalid) {
      const earlier = { sessionId, outcome: 'LOGGED_OUT', at: new Date(0), attempts: 1 } as const;
      await deps.records.putOutcome(sessionId, earlier, ampleTime().signal);
    }
    const { revocation } = await revokeSession(deps, request, ampleTime());
    expect(revocation.sessions.loggedOut).toBe(1);
    expect(deps.cache.sessions).toEqual([]);
  });

  test('a session recorded as a 401 is ended through a copy that was registered since', async () => {
    const deps = await world();
    const earlier = { sessionId, outcome: 'ALREADY_INVALID', at: new Date(0), attempts: 1 } as const;
    await deps.records.putOutcome(sessionId, earlier, ampleTime().signal);
    const { revocation } = await revokeSession(deps, request, ampleTime());
    expect(revocation.sessions).toMatchObject({ loggedOut: 1, alreadyInvalid: 0 });
  });

  test('while the copy cannot be opened, nothing is recorded and the copy is kept', async () => {
    const base = await world();
    const open = () => Promise.reject(new DomainError('cipher-unavailable', 'down'));
    const deps = { ...base, opener: { open } };
    const revoking = revokeSession(deps, request, ampleTime());
    await expect(revoking).rejects.toMatchObject({ code: 'cipher-unavailable' });
    expect((await deps.records.read(sessionId, ampleTime().signal)).outcomes).toEqual([]);
    expect(deps.cache.sessions).toHaveLength(1);
  });

  test('if ending it through the copy fails, the copy is kept, and the repetition ends the session', async () => {
    const deps = await world({
      portal: fakePortal(alreadyInvalid, failed('unavailable'), alreadyInvalid, loggedOut),
    });
    await expect(revokeSession(deps, request, ampleTime())).rejects.toMatchObject({
      code: 'portal-unavailable',
    });
    expect(deps.cache.sessions).toHaveLength(1);
    const { revocation } = await revokeSession(deps, request, ampleTime());
    expect(revocation.sessions).toMatchObject({ found: 1, loggedOut: 1 });
  });

  test('a copy that can never be opened is deleted', async () => {
    const deps = await world();
    for (const session of deps.cache.sessions)
      session.sealed = { ciphertext: new Uint8Array([99]), dataKey: new Uint8Array() };
    const { revocation } = await revokeSession(deps, request, ampleTime());
    expect(revocation.sessions).toMatchObject({ found: 1, alreadyInvalid: 1 });
    expect(deps.cache.sessions).toEqual([]);
  });
});

test("a session is not dead if the caller's file can refresh its dead access token", async () => {
  const fresh = { kind: 'refreshed' as const, accessToken: new Secret('fresh'), expiresInSeconds: 3600 };
  const refresh = { refreshToken: new Secret('r'), clientId: 'c', clientSecret: new Secret('s') };
  const deps = given({
    portal: fakePortal(alreadyInvalid, loggedOut),
    tokenService: fakeTokenService(fresh),
  });
  const { revocation } = await revokeSession(deps, { ...request, refresh }, ampleTime());
  expect(revocation.sessions).toMatchObject({ found: 1, loggedOut: 1 });
});

test('a recorded 401 is corrected if a later Logout succeeds', async () => {
  const deps = given({ portal: fakePortal(alreadyInvalid, loggedOut) });
  const first = await revokeSession(deps, request, ampleTime());
  const second = await revokeSession(deps, request, ampleTime());
  expect([first, second].map(({ recorded }) => recorded?.outcome)).toEqual(['ALREADY_INVALID', 'LOGGED_OUT']);
  expect(first.revocation.sessions.alreadyInvalid).toBe(1);
  expect(second.revocation.sessions).toMatchObject({ found: 1, loggedOut: 1, alreadyInvalid: 0 });
  expect(second.revocation.requestedAt).toBe(first.revocation.requestedAt);
  const until = (done: typeof first) => Date.parse(done.revocation.roleSessions.mayContinueUntil);
  const HOUR = 3_600_000;
  // A dead token says nothing about its sign-in session, but a successful Logout does.
  expect(until(first)).toBe(Date.parse(first.revocation.requestedAt) + (8 + 12) * HOUR);
  expect(until(second)).toBe(Date.parse(second.revocation.completedAt ?? '') + 12 * HOUR);
});

test.each([
  ['malformed-token', 'token-malformed'],
  ['unknown-region', 'unknown-region'],
  ['throttled', 'portal-throttled'],
  ['unavailable', 'portal-unavailable'],
] as const)(
  'if the portal answers %s, the request fails with %s, nothing is recorded, and the cached copy is kept',
  async (why, code) => {
    const tokenCache = fakeCache(cached);
    const deps = given({ portal: fakePortal(failed(why)), tokenCache });
    await expect(revokeSession(deps, request, ampleTime())).rejects.toMatchObject({
      name: 'DomainError',
      code,
    });
    expect(await deps.records.read(sessionId, ampleTime().signal)).toEqual({
      header: undefined,
      outcomes: [],
      users: [],
      access: [],
    });
    expect(tokenCache.sessions).toEqual([cached]);
  },
);

/** Every call to a store fails once, in order. The session is logged out anyway. */
const storeCalls = [
  ['tokenCache', 'find'],
  ['records', 'read'],
  ['records', 'putHeader'],
  ['records', 'putOutcome'],
  ['tokenCache', 'forget'],
] as const;

test.each(storeCalls)(
  'if %s.%s fails, Logout still happens, and the repetition completes the rest',
  async (store, call) => {
    const logouts: string[] = [];
    const portal: Portal = {
      ...fakePortal(),
      async logout() {
        logouts.push('logout');
        return logouts.length === 1 ? loggedOut : alreadyInvalid;
      },
    };
    const tokenCache = fakeCache(cached);
    const deps = given({ portal, tokenCache });
    const broken = { ...deps, [store]: { ...deps[store], [call]: () => Promise.reject(storeUnavailable()) } };

    const first = revokeSession(broken, request, ampleTime());
    // Without `read`, both writes are tried and succeed, so the request does not fail.
    if (call === 'read') await first;
    else await expect(first).rejects.toMatchObject({ code: 'record-incomplete', cause: { name: 'Fake' } });
    expect(logouts).toHaveLength(1);
    const { outcomes } = await deps.records.read(sessionId, ampleTime().signal);
    const durable = outcomes.length === 1;
    expect(durable).toBe(call !== 'putOutcome');
    if (!durable) expect(tokenCache.sessions).toEqual([cached]);

    const second = await revokeSession(deps, request, ampleTime());
    expect(second.revocation.status).toBe('COMPLETED');
    expect(second.revocation.subject).toMatchObject({ sessionId });
    expect(second.revocation.sessions.loggedOut).toBe(durable ? 1 : 0);
    expect(tokenCache.sessions).toEqual([]);
    const record = await deps.records.read(sessionId, ampleTime().signal);
    expect(record.header).toBeDefined();
    expect(record.outcomes).toHaveLength(1);
  },
);

test('a defect in a store is not reported as an outage', async () => {
  const deps = given();
  const broken = {
    ...deps,
    records: { ...deps.records, putHeader: () => Promise.reject(new TypeError('bug')) },
  };
  await expect(revokeSession(broken, request, ampleTime())).rejects.toThrow(TypeError);
});

test('parallel calls leave one record, and all get it as the answer', async () => {
  const deps = given({ portal: fakePortal(loggedOut, alreadyInvalid) });
  const answers = await Promise.all([1, 2, 3, 4].map(() => revokeSession(deps, request, ampleTime())));
  const [first, ...others] = answers.map(({ revocation }) => revocation);
  for (const other of others) expect(other).toEqual(first);
  expect(first?.sessions).toEqual({ found: 1, loggedOut: 1, alreadyInvalid: 0, pending: 0, failed: 0 });
});

test('Logout is aborted early enough to leave time for the record', async () => {
  const budgets: Record<string, boolean> = {};
  const portal: Portal = {
    ...fakePortal(),
    async logout(_token, _region, signal) {
      budgets.aborted = await new Promise<boolean>((resolve) => {
        if (signal.aborted) resolve(true);
        signal.addEventListener('abort', () => resolve(true));
      });
      return failed('unavailable');
    },
  };
  const outOfTime: Deadline = { remainingMillis: () => 6_000, signal: new AbortController().signal };
  await expect(revokeSession(given({ portal }), request, outOfTime)).rejects.toMatchObject({
    code: 'portal-unavailable',
  });
  expect(budgets).toEqual({ aborted: true });
});
