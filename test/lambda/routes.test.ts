import type { Acceptance } from '../../lambda/domain/ports.ts';
import { startApi } from '../support/api.ts';
import { denyingWorld } from '../support/fake-deny-list.ts';
import { failed, fakeDirectory, fakePortal, fakeWorld, rejected, type World } from '../support/fakes.ts';
import { BOB, hold, ALICE as USER_ID } from '../support/sessions.ts';
import { captureWritten } from '../support/written.ts';

const CANARY = 'canary-0123456789';
const json = { 'content-type': 'application/json' };
const clock = () => new Date('2026-01-01T00:00:00Z');
const written = captureWritten();
const { signal } = new AbortController();

/** Sends one request to a world of its own. */
async function ask(
  world: World,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = json,
) {
  const own = await startApi(world);
  try {
    const init = body && { body: JSON.stringify(body), headers };
    const response = await fetch(own.url + path, { method, ...init });
    const text = await response.text();
    expect(text + written.all()).not.toContain(CANARY);
    return { response, status: response.status, body: JSON.parse(text) };
  } finally {
    await own.close();
  }
}

const session = {
  accessToken: CANARY,
  expiresAt: '2026-01-01T00:59:00Z',
  region: 'eu-west-1',
};
const ofUser = `/users/${USER_ID}/sessions`;
const users = { [USER_ID]: 'enabled' } as const;
const given = (overrides: Partial<World> = {}): World => ({
  ...fakeWorld(),
  clock,
  directory: fakeDirectory(users),
  ...overrides,
});

test('a session is registered and listed without its token, and registering it again answers 200', async () => {
  const world = given();
  const first = await ask(world, 'PUT', ofUser, session);
  const { sessionId } = first.body;
  expect(first).toMatchObject({
    status: 201,
    body: { userId: USER_ID, expiresAt: '2026-01-01T00:59:00.000Z', refreshable: false },
  });
  expect(await ask(world, 'PUT', ofUser, { ...session, expiresAt: '2026-01-01T00:59:00UTC' })).toMatchObject({
    status: 200,
  });
  const listed = await ask(world, 'GET', `/sessions?userId=${USER_ID}`);
  const known = {
    registeredAt: '2026-01-01T00:00:00.000Z',
    // The User-Agent of Node's fetch.
    registeredWith: 'node',
    expiresAt: '2026-01-01T00:59:00.000Z',
  };
  expect(listed.body).toEqual({ sessions: [{ sessionId, region: 'eu-west-1', ...known }] });
});

test('a session with a client registration is refreshable, and stays so if it is registered again without', async () => {
  const world = given();
  const clientRegistration = { clientId: 'client', clientSecret: `${CANARY}-secret`, expiresAt: 'soon' };
  const file = { ...session, refreshToken: `${CANARY}-refresh`, clientIdHash: 'f'.repeat(40) };
  const answers = [
    await ask(world, 'PUT', ofUser, file),
    await ask(world, 'PUT', ofUser, { ...file, clientRegistration }),
    await ask(world, 'PUT', ofUser, file),
  ];
  expect(answers).toMatchObject([
    { status: 201, body: { expiresAt: '2026-01-01T00:59:00.000Z', refreshable: false } },
    { status: 200, body: { expiresAt: '2026-01-01T08:00:00.000Z', refreshable: true } },
    { status: 200, body: { expiresAt: '2026-01-01T08:00:00.000Z', refreshable: true } },
  ]);
});

test('an expired session is not listed', async () => {
  const world = given();
  await ask(world, 'PUT', ofUser, session);
  const later = { ...world, clock: () => new Date('2026-01-01T01:00:00Z') };
  expect((await ask(later, 'GET', `/sessions?userId=${USER_ID}`)).body).toEqual({ sessions: [] });
});

test.each([
  ['without an expiry', { ...session, expiresAt: undefined }, '/expiresAt'],
  ['with an expiry that is no time', { ...session, expiresAt: 'soon' }, '/expiresAt'],
  [
    'with an expiry beyond four-digit years',
    { ...session, expiresAt: '+010000-01-01T00:00:00Z' },
    '/expiresAt',
  ],
  ['without a token', { ...session, accessToken: undefined }, '/accessToken'],
  ['with a user id that is none', { ...session, userId: '#FENCE#x' }, '/userId'],
  ['with a user name that is none', { ...session, userName: 'a b' }, '/userName'],
  ['with a Region that is a host', { ...session, region: 'evil.example' }, '/region'],
])('a session %s is refused on both routes', async (_name, body, pointer) => {
  for (const path of ['/sessions', ofUser]) {
    const answer = await ask(given(), 'PUT', path, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-body', errors: [{ pointer }] } });
  }
});

test.each(['alice', '%23JOBS', `${USER_ID}0`])(
  'for the user %s in the path, registering answers 400',
  async (userId) => {
    const world = given();
    const answer = await ask(world, 'PUT', `/users/${userId}/sessions`, session);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
    expect(world.cache.sessions).toEqual([]);
  },
);

test('PUT /sessions by a caller who is not in Identity Center answers 403 and names the other route', async () => {
  const world = given();
  for (const body of [session, { ...session, userId: USER_ID }]) {
    const answer = await ask(world, 'PUT', '/sessions', body);
    expect(answer).toMatchObject({ status: 403, body: { code: 'not-your-session' } });
    expect(answer.body.detail).toContain('PUT /users/{userId}/sessions');
  }
  expect(world.cache.sessions).toEqual([]);
});

/** A portal that gives this answer when asked whether it accepts a token. */
const accepting = (acceptance: Acceptance) => ({ ...fakePortal(), accepts: async () => acceptance });

test.each<[string, Partial<World>, number, string, string | null]>([
  ['the token is dead', { portal: accepting(rejected) }, 400, 'session-expired', null],
  ['its Region is not configured', { portalRegions: ['us-east-1'] }, 400, 'unknown-region', null],
  ['the token is malformed', { portal: accepting(failed('malformed-token')) }, 422, 'token-malformed', null],
  ['the portal throttles', { portal: accepting(failed('throttled')) }, 429, 'portal-throttled', '5'],
  [
    'the portal does not answer',
    { portal: accepting(failed('unavailable')) },
    503,
    'portal-unavailable',
    '15',
  ],
  ['nobody has the user id', { directory: fakeDirectory() }, 404, 'user-not-found', null],
  ['no identity store is known', { directory: undefined }, 400, 'no-directory', null],
  [
    'the user is disabled',
    { directory: fakeDirectory({ [USER_ID]: 'disabled' }) },
    409,
    'user-revoked',
    null,
  ],
  ['there is one, and no more are taken', { maxSessionsPerUser: 1 }, 409, 'too-many-sessions', null],
])('registering while %s: %i %s, Retry-After %s', async (_name, overrides, status, code, retryAfter) => {
  const world = given(overrides);
  await hold(world, USER_ID, 'another one');
  const { response, ...answer } = await ask(world, 'PUT', ofUser, session);
  expect(answer).toMatchObject({ status, body: { code } });
  expect(response.headers.get('retry-after')).toBe(retryAfter);
  expect(world.cache.sessions).toHaveLength(1);
});

test('registering a session that is held for another user answers 409', async () => {
  const world = given();
  await hold(world, BOB, CANARY);
  const answer = await ask(world, 'PUT', ofUser, session);
  expect(answer).toMatchObject({ status: 409, body: { code: 'held-for-another-user' } });
});

test('registering a session while its user is being revoked answers 409, with the time to sign in again', async () => {
  const world = given();
  const until = new Date(clock().getTime() + 30_000);
  const fence = { until, coveredUntil: clock(), askedAt: clock() };
  await world.cache.raiseFence(USER_ID, fence, new AbortController().signal);
  const { response, ...answer } = await ask(world, 'PUT', ofUser, session);
  expect(answer).toMatchObject({ status: 409, body: { code: 'user-revoked' } });
  expect(response.headers.get('retry-after')).toBe('30');
  expect(world.cache.sessions).toEqual([]);
});

test('if all sessions of a user are ended at once, the answer is 200', async () => {
  const world = given();
  await ask(world, 'PUT', ofUser, session);
  const answer = await ask(world, 'POST', '/revocations', { userId: USER_ID, reason: 'left' });
  expect(answer).toMatchObject({
    status: 200,
    body: { status: 'COMPLETED', sessions: { found: 1, loggedOut: 1 } },
  });
});

test('if sessions go to the queue, the answer is 202 with Location and Retry-After', async () => {
  const world = given({ portal: fakePortal(failed('unavailable')) });
  await ask(world, 'PUT', ofUser, session);
  const { response, status, body } = await ask(world, 'POST', '/revocations', { userId: USER_ID });
  expect({ status, body }).toMatchObject({
    status: 202,
    body: { status: 'IN_PROGRESS', sessions: { pending: 1 } },
  });
  expect(response.headers.get('location')).toBe(`/revocations/${body.revocationId}`);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('user ids are the same in upper and lower case', async () => {
  const world = given();
  const path = `/users/${USER_ID.toUpperCase()}/sessions`;
  const claims = { userId: USER_ID.toUpperCase() };
  expect(await ask(world, 'PUT', path, { ...session, ...claims })).toMatchObject({ status: 201 });
  const { body } = await ask(world, 'GET', `/sessions?userId=${USER_ID}`);
  expect(body.sessions).toHaveLength(1);
});

test('the same Idempotency-Key is the same revocation, and a malformed key answers 400', async () => {
  const world = { ...fakeWorld(), clock };
  const send = (key: string) =>
    ask(world, 'POST', '/revocations', { userId: USER_ID }, { ...json, 'idempotency-key': key });
  const [first, second, refused] = [await send('k1'), await send('k1'), await send('a key with ü')];
  expect(first.status).toBe(200);
  expect(second.body).toEqual(first.body);
  expect(refused).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
});

test('the same Idempotency-Key with another reason answers 422 and changes nothing', async () => {
  const world = given();
  const send = (reason: string) =>
    ask(world, 'POST', '/revocations', { userId: USER_ID, reason }, { ...json, 'idempotency-key': 'k1' });
  expect(await send('drill')).toMatchObject({ status: 200 });
  await hold(world, USER_ID, 'alive');
  expect(await send('left')).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  expect(world.cache.sessions).toHaveLength(1);
});

test('an unknown user name answers 404', async () => {
  const answer = await ask(fakeWorld(), 'POST', '/revocations', { userName: 'nobody' });
  expect(answer).toMatchObject({ status: 404, body: { code: 'user-not-found' } });
});

test('revoking everyone answers 202 with a reason, and 400 without', async () => {
  const world = { ...fakeWorld(), clock };
  const answer = await ask(world, 'POST', '/revocations/everyone', { reason: 'breach' });
  expect(answer).toMatchObject({ status: 202, body: { status: 'IN_PROGRESS', subject: { everyone: true } } });
  expect(world.queue.jobs).toMatchObject([{ kind: 'revoke-everyone', reason: 'breach' }]);
  for (const body of [{}, { reason: '' }]) {
    expect(await ask(world, 'POST', '/revocations/everyone', body)).toMatchObject({ status: 400 });
  }
});

describe('revoking everyone with exceptions', () => {
  const ids = (count: number) =>
    Array.from({ length: count }, (_, n) => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`);
  const press = (world: World, except: unknown) =>
    ask(world, 'POST', '/revocations/everyone', { reason: 'breach', except });

  test('answer and job have the exceptions of the request and of the stack, in lower case', async () => {
    const world = { ...given(), breakGlassUserIds: [BOB] };
    const { status, body } = await press(world, [USER_ID.toUpperCase(), BOB]);
    expect([status, body.except]).toEqual([202, [USER_ID, BOB].sort()]);
    expect(world.queue.jobs).toMatchObject([{ except: [USER_ID, BOB].sort() }]);
  });

  test.each<[string, unknown]>([
    ['no list', USER_ID],
    ['a list with a user name', ['alice']],
    ['a list with everyone', ['everyone']],
    ['too many', ids(21)],
  ])('%s: 400 with a pointer, and nothing is queued', async (_name, except) => {
    const world = given();
    expect(await press(world, except)).toMatchObject({
      status: 400,
      body: { code: 'invalid-body', errors: [{ pointer: expect.stringMatching(/^\/except/) }] },
    });
    expect(world.queue.jobs).toEqual([]);
  });

  test('at most 20 users are excepted, including those of the stack, and the detail says so', async () => {
    const world = { ...given(), breakGlassUserIds: ids(3) };
    expect((await press(world, ids(20))).status).toBe(202);
    const answer = await press(world, [BOB, ...ids(20).slice(3), USER_ID]);
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.body.detail).toContain('20 users at most, with the 3 of this stack');
  });
});

describe('DELETE /deny-list/…', () => {
  const denyingGiven = () => {
    const { world, denying } = denyingWorld();
    const until = new Date(world.clock().getTime() + 3_600_000);
    const enter = (userId: string, more = {}) =>
      denying.list.enter({ userId, revocationId: 'r', issuedBefore: world.clock(), until, ...more }, signal);
    return { world, denying, enter, until };
  };

  test('everyone lifts the denial of everyone but none of a user, and answers 404 the second time', async () => {
    const { world, denying, enter } = denyingGiven();
    await enter(USER_ID);
    await enter('everyone', { except: [] });
    const lift = () => ask(world, 'DELETE', '/deny-list/everyone');
    expect(await lift()).toMatchObject({ status: 202, body: { denialsLifted: 1 } });
    const [lifted] = await denying.list.entriesOf('everyone', signal);
    if (lifted) await denying.list.settle(lifted, { settled: 'lifted' }, signal);
    expect(await lift()).toMatchObject({ status: 404, body: { code: 'not-denied' } });
    expect(await ask(world, 'DELETE', `/deny-list/${USER_ID}`)).toMatchObject({ status: 202 });
  });

  test("a user id lifts that user's denials, and the answer says that everyone is denied", async () => {
    const { world, enter, until } = denyingGiven();
    await enter(USER_ID);
    await enter('everyone', { except: [] });
    expect(await ask(world, 'DELETE', `/deny-list/${USER_ID}`)).toMatchObject({
      status: 202,
      body: { userId: USER_ID, denialsLifted: 1, deniedAsEveryoneUntil: until.toISOString() },
    });
  });

  test('the reason is a parameter and is stored, and one that is too long is refused', async () => {
    const { world, denying, enter } = denyingGiven();
    await enter(USER_ID);
    await enter('everyone', { except: [] });
    for (const who of [USER_ID, 'everyone']) {
      const path = `/deny-list/${who}?reason=`;
      const refused = await ask(world, 'DELETE', path + 'x'.repeat(513));
      expect(refused).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
      expect(refused.body.detail).toBe('reason must have 512 characters at most.');
      expect((await ask(world, 'DELETE', `${path}the%20wrong%20person`)).status).toBe(202);
      const [entry] = await denying.list.entriesOf(who, signal);
      expect(entry?.lifted?.reason).toBe('the wrong person');
    }
  });

  test.each(['%65veryone%20', 'EVERYONE', 'everyone%2F', '*', '%65veryone-'])(
    'everyone under another name is refused: %s',
    async (name) => {
      const { world, enter } = denyingGiven();
      await enter('everyone', { except: [] });
      expect((await ask(world, 'DELETE', `/deny-list/${name}`)).status).toBe(400);
    },
  );
});

test('GET /revocations?from&to lists those of all users, without an answer about one, and not with userId', async () => {
  const world = given();
  const made = await ask(world, 'POST', '/revocations', { userId: USER_ID, reason: 'left' });
  const path = '/revocations?from=2026-01-01&to=2026-01-02';
  const { body } = await ask(world, 'GET', path);
  expect(body).toEqual({ revocations: [made.body] });
  expect((await ask(world, 'GET', '/revocations?from=2026-01-02&to=2026-01-03')).body.revocations).toEqual(
    [],
  );
  for (const wrong of [`${path}&userId=${USER_ID}`, '/revocations?to=2026-01-02', `${path}&limit=26`])
    expect(await ask(world, 'GET', wrong)).toMatchObject({
      status: 400,
      body: { code: 'invalid-parameter' },
    });
});

test.each([
  '/sessions',
  '/sessions?userId=alice',
  '/revocations',
  '/revocations?userId=',
  '/revocations?limit=5',
])('GET %s answers 400 and asks for a user id', async (path) => {
  const answer = await ask(fakeWorld(), 'GET', path);
  expect(answer).toMatchObject({
    status: 400,
    body: { code: 'invalid-parameter', detail: expect.stringContaining('userId') },
  });
});
