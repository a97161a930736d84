import { startApi } from '../support/api.ts';
import { failed, fakePortal, fakeWorld, type World } from '../support/fakes.ts';
import { ALICE as USER_ID } from '../support/sessions.ts';
import { captureWritten } from '../support/written.ts';

const CANARY = 'canary-0123456789';
const json = { 'content-type': 'application/json' };
const clock = () => new Date('2026-01-01T00:00:00Z');
const written = captureWritten();

/** One request against a world of its own. */
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
  userId: USER_ID,
  expiresAt: '2026-01-01T00:59:00Z',
  region: 'eu-west-1',
};

test('a session is registered and listed without its token; registering it again answers 200', async () => {
  const world = { ...fakeWorld(), clock: clock };
  const first = await ask(world, 'PUT', '/sessions', session);
  const { sessionId } = first.body;
  expect(first).toMatchObject({
    status: 201,
    body: { userId: USER_ID, expiresAt: '2026-01-01T00:59:00.000Z' },
  });
  expect(
    await ask(world, 'PUT', '/sessions', { ...session, expiresAt: '2026-01-01T00:59:00UTC' }),
  ).toMatchObject({ status: 200 });
  const listed = await ask(world, 'GET', `/sessions?userId=${USER_ID}`);
  const times = { registeredAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-01T00:59:00.000Z' };
  expect(listed.body).toEqual({ sessions: [{ sessionId, region: 'eu-west-1', ...times }] });
});

test('an expired session is not listed', async () => {
  const world = { ...fakeWorld(), clock: clock };
  await ask(world, 'PUT', '/sessions', session);
  const later = { ...world, clock: () => new Date('2026-01-01T01:00:00Z') };
  expect((await ask(later, 'GET', `/sessions?userId=${USER_ID}`)).body).toEqual({ sessions: [] });
});

test.each([
  ['without a user', { ...session, userId: undefined }, '/userId'],
  ['without an expiry', { ...session, expiresAt: undefined }, '/expiresAt'],
  ['with an expiry that is no time', { ...session, expiresAt: 'soon' }, '/expiresAt'],
  ['of two users', { ...session, userName: 'alice' }, '/userName'],
  [
    'with an expiry beyond four-digit years',
    { ...session, expiresAt: '+010000-01-01T00:00:00Z' },
    '/expiresAt',
  ],
  ['without a token', { ...session, accessToken: undefined }, '/accessToken'],
])('a session %s is refused', async (_name, body, pointer) => {
  const answer = await ask(fakeWorld(), 'PUT', '/sessions', body);
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-body', errors: [{ pointer }] } });
});

test('registering a session while its user is being revoked: 409', async () => {
  const world = { ...fakeWorld(), clock: clock };
  await world.cache.raiseFence(USER_ID, new Date('2026-01-02T00:00:00Z'), new AbortController().signal);
  expect(await ask(world, 'PUT', '/sessions', session)).toMatchObject({
    status: 409,
    body: { code: 'user-revoked' },
  });
  expect(world.cache.sessions).toEqual([]);
});

test('a user whose sessions are ended at once: 200', async () => {
  const world = { ...fakeWorld(), clock: clock };
  await ask(world, 'PUT', '/sessions', session);
  const answer = await ask(world, 'POST', '/revocations', { userId: USER_ID, reason: 'left' });
  expect(answer).toMatchObject({
    status: 200,
    body: { status: 'COMPLETED', sessions: { found: 1, loggedOut: 1 } },
  });
});

test('a user whose sessions go on in the queue: 202 with Location and Retry-After', async () => {
  const world = { ...fakeWorld(), clock: clock, portal: fakePortal(failed('unavailable')) };
  await ask(world, 'PUT', '/sessions', session);
  const { response, status, body } = await ask(world, 'POST', '/revocations', { userId: USER_ID });
  expect({ status, body }).toMatchObject({
    status: 202,
    body: { status: 'IN_PROGRESS', sessions: { pending: 1 } },
  });
  expect(response.headers.get('location')).toBe(`/revocations/${body.revocationId}`);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('letter case does not distinguish user ids', async () => {
  const world = { ...fakeWorld(), clock: clock };
  await ask(world, 'PUT', '/sessions', { ...session, userId: USER_ID.toUpperCase() });
  const { body } = await ask(world, 'GET', `/sessions?userId=${USER_ID}`);
  expect(body.sessions).toHaveLength(1);
});

test('the same Idempotency-Key is the same revocation; a malformed key: 400', async () => {
  const world = { ...fakeWorld(), clock: clock };
  const send = (key: string) =>
    ask(world, 'POST', '/revocations', { userId: USER_ID }, { ...json, 'idempotency-key': key });
  const [first, second, refused] = [await send('k1'), await send('k1'), await send('a key with spaces')];
  expect(second.body).toEqual(first.body);
  expect(refused).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
});

test('an unknown user name: 404', async () => {
  const answer = await ask(fakeWorld(), 'POST', '/revocations', { userName: 'nobody' });
  expect(answer).toMatchObject({ status: 404, body: { code: 'user-not-found' } });
});

test('revoking everyone: 202 with a reason, 400 without', async () => {
  const world = { ...fakeWorld(), clock: clock };
  const answer = await ask(world, 'POST', '/revocations/everyone', { reason: 'breach' });
  expect(answer).toMatchObject({ status: 202, body: { status: 'IN_PROGRESS', subject: { everyone: true } } });
  expect(world.queue.jobs).toMatchObject([{ kind: 'revoke-everyone', reason: 'breach' }]);
  for (const body of [{}, { reason: '' }]) {
    expect(await ask(world, 'POST', '/revocations/everyone', body)).toMatchObject({ status: 400 });
  }
});

test.each([
  '/sessions',
  '/sessions?userId=alice',
  '/revocations',
  '/revocations?userId=',
  '/revocations?limit=5',
])('GET %s: 400 that asks for a user id', async (path) => {
  const answer = await ask(fakeWorld(), 'GET', path);
  expect(answer).toMatchObject({
    status: 400,
    body: { code: 'invalid-parameter', detail: expect.stringContaining('userId') },
  });
});
