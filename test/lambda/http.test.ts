import { DomainError } from '../../lambda/domain/errors.ts';
import type { RevocationPage } from '../../lambda/domain/record/read-revocation.ts';
import { type Api, startApi } from '../support/api.ts';
import {
  failed,
  fakePortal,
  fakeRecords,
  fakeWorld,
  storeUnavailable,
  type World,
} from '../support/fakes.ts';
import { captureWritten } from '../support/written.ts';

const CANARY = 'canary-0123456789';
const json = { 'content-type': 'application/json' };
const deps: World = { ...fakeWorld(), clock: () => new Date('2026-01-01T00:00:00Z') };

let api: Api;
const written = captureWritten();

beforeAll(async () => {
  api = await startApi(deps);
});
afterAll(() => api.close());
async function problemFrom(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const text = await response.text();
  expect(text).not.toMatch(/\bat .*\.(ts|js):\d+/);
  expect(text + written.all()).not.toContain(CANARY);
  const problem = JSON.parse(text);
  expect(problem.status).toBe(response.status);
  expect(problem.type).toBe(`urn:problem-type:identity-center-revocation:${problem.code}`);
  expect(problem.detail.length).toBeGreaterThan(10);
  return problem;
}

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = json) =>
  fetch(`${api.url}/revocations`, { method: 'POST', body, headers });

const token = { accessToken: CANARY };

test.each([
  ['broken JSON', `{"accessToken":"${CANARY}"`, 'malformed-json'],
  ['JSON with more after it', `{"accessToken":"${CANARY}"} x`, 'malformed-json'],
  ['plain text', CANARY, 'malformed-json'],
  ['a prototype', `{"__proto__":{"accessToken":"${CANARY}"}}`, 'malformed-json'],
  ['no body', '', 'malformed-json'],
] as const)('%s: 400', async (_name, body, code) => {
  const response = await post(body);
  expect(response.status).toBe(400);
  expect(await problemFrom(response)).toMatchObject({ code });
});

test.each([
  ['null', null, ''],
  ['an array', [token], ''],
  ['a string', CANARY, ''],
  ['a number', 4711, ''],
  ['no subject', { reason: 'left' }, ''],
  ['a null token', { accessToken: null }, '/accessToken'],
  ['a token that is a number', { accessToken: 123_456_789 }, '/accessToken'],
  ['a token that is an object', { accessToken: token }, '/accessToken'],
  ['an empty token', { accessToken: '' }, '/accessToken'],
  ['a token with a line break', { accessToken: `${CANARY}\r\nx-evil: 1` }, '/accessToken'],
  ['a token with a control character', { accessToken: `${CANARY}\u0000` }, '/accessToken'],
  ['a token beyond ASCII', { accessToken: `${CANARY}é` }, '/accessToken'],
  ['a token of 9 KB', { accessToken: CANARY.repeat(540) }, '/accessToken'],
  ['two subjects', { ...token, userName: 'alice' }, '/userName'],
  ['two users', { userId: '0a1b2c3d-1111-4222-8333-444455556666', userName: 'alice' }, '/userName'],
  ['a user id that is no string', { userId: 7 }, '/userId'],
  ['an empty user name', { userName: '' }, '/userName'],
  ['a user name with a control character', { userName: 'a\u0000' }, '/userName'],
  ['a user name of 1 KB', { userName: 'x'.repeat(1024) }, '/userName'],
  ['a region that is a host', { ...token, region: 'eu-west-1.evil.example/' }, '/region'],
  ['a region in capitals', { ...token, region: 'EU-WEST-1' }, '/region'],
  ['a region that is null', { ...token, region: null }, '/region'],
  ['a user id that is a name', { ...token, userId: 'alice' }, '/userId'],
  ['a reason of 1 KB', { ...token, reason: 'x'.repeat(1024) }, '/reason'],
  ['a reason that is a list', { ...token, reason: [CANARY] }, '/reason'],
] as const)('%s: 400 that points at it', async (_name, body, pointer) => {
  const response = await post(JSON.stringify(body));
  expect(response.status).toBe(400);
  const problem = await problemFrom(response);
  expect(problem).toMatchObject({ code: 'invalid-body', errors: [{ pointer, detail: expect.any(String) }] });
});

test('the answer names every fault of a body', async () => {
  const problem = await problemFrom(await post(JSON.stringify({ accessToken: 7, region: 7, reason: 7 })));
  expect(problem.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
    '/accessToken',
    '/region',
    '/reason',
  ]);
});

test.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/jsonp', ''])(
  'a body of content type %j is answered 415',
  async (type) => {
    const response = await post(Buffer.from(JSON.stringify(token)), { 'content-type': type });
    expect(response.status).toBe(415);
    expect(await problemFrom(response)).toMatchObject({ code: 'unsupported-media-type' });
  },
);

test('a form that is no JSON is answered 415', async () => {
  const response = await fetch(`${api.url}/revocations`, {
    method: 'POST',
    body: new URLSearchParams(token),
  });
  expect(response.status).toBe(415);
  await problemFrom(response);
});

test('a token of 100 KB is answered 413', async () => {
  const response = await post(JSON.stringify({ accessToken: CANARY.repeat(6_000) }));
  expect(response.status).toBe(413);
  await problemFrom(response);
});

test.each([
  ['DELETE', '/revocations', 405, 'POST, GET, HEAD'],
  ['PATCH', '/sessions', 405, 'PUT, GET, HEAD'],
  ['PUT', `/revocations/${'x'.repeat(43)}`, 405, 'GET, HEAD'],
  ['GET', '/revocations/everyone', 405, 'POST'],
  ['GET', '/revocations/everyone?limit=0', 405, 'POST'],
  ['DELETE', '/revocations/everyone', 405, 'POST'],
  ['POST', '/logout', 404, null],
  ['GET', '/', 404, null],
  ['GET', '/revocations/a/b', 404, null],
  ['GET', `/%E0%A4%A/..%2f?token=${CANARY}`, 404, null],
])('%s %s: %i, Allow %s', async (method, path, status, allow) => {
  const response = await fetch(api.url + path, { method });
  expect(response.status).toBe(status);
  expect(response.headers.get('allow')).toBe(allow);
  await problemFrom(response);
});

test.each([
  ['/', 404, null],
  ['/revocations/everyone', 405, 'POST'],
  [`/deny-list/${'x'.repeat(36)}`, 405, 'DELETE'],
])('HEAD %s: %i without a body, Allow %s', async (path, status, allow) => {
  const response = await fetch(api.url + path, { method: 'HEAD' });
  expect([response.status, await response.text()]).toEqual([status, '']);
  expect(response.headers.get('allow')).toBe(allow);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
});

test.each([
  'everyone.',
  'Everyone',
  'unknown',
  'x'.repeat(43),
  'x'.repeat(5_000),
  '%00',
  'a%2Fb',
  "' OR 1=1",
  CANARY,
])('an unknown revocation id (%#): 404', async (id) => {
  const response = await fetch(`${api.url}/revocations/${encodeURIComponent(id)}`);
  expect(response.status).toBe(404);
  expect(await problemFrom(response)).toMatchObject({ code: 'revocation-not-found' });
});

test.each(['limit=0', 'limit=-1', 'limit=1e3', 'limit=1001', 'limit=', 'limit=1&limit=2'])(
  '?%s: 400',
  async (query) => {
    const response = await fetch(`${api.url}/revocations/${'x'.repeat(43)}?${query}`);
    expect(response.status).toBe(400);
    expect(await problemFrom(response)).toMatchObject({ code: 'invalid-parameter' });
  },
);

test.each([
  `/revocations/${'x'.repeat(43)}?cursor=x`,
  '/sessions?userId=0a1b2c3d-1111-4222-8333-444455556666&cursor=x',
])('%s: 400', async (path) => {
  const response = await fetch(api.url + path);
  expect(response.status).toBe(400);
  expect(await problemFrom(response)).toMatchObject({ code: 'cursor-invalid' });
});

/** Sends one valid request to functions with other dependencies. */
async function postWith(overrides: Partial<World>, timeoutMillis?: number) {
  const other = await startApi({ ...deps, records: fakeRecords(), ...overrides }, timeoutMillis);
  try {
    return await fetch(`${other.url}/revocations`, {
      method: 'POST',
      body: JSON.stringify(token),
      headers: json,
    });
  } finally {
    await other.close();
  }
}

test.each([
  ['malformed-token', 422, 'token-malformed', null],
  ['unknown-region', 400, 'unknown-region', null],
  ['throttled', 429, 'portal-throttled', '5'],
  ['unavailable', 503, 'portal-unavailable', '15'],
] as const)('if the portal answers %s: %i %s, Retry-After %s', async (why, status, code, retryAfter) => {
  const response = await postWith({ portal: fakePortal(failed(why)) });
  expect(response.status).toBe(status);
  expect(response.headers.get('retry-after')).toBe(retryAfter);
  expect(await problemFrom(response)).toMatchObject({ code });
});

test('if the store fails after Logout: 503 record-incomplete, Retry-After', async () => {
  const records = { ...fakeRecords(), putOutcome: () => Promise.reject(storeUnavailable()) };
  const response = await postWith({ records });
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('5');
  expect(await problemFrom(response)).toMatchObject({ code: 'record-incomplete' });
});

test('a defect is answered 500 without details, and logged without its text', async () => {
  const portal = {
    ...fakePortal(),
    logout: () => Promise.reject(new Error(`choked on ${CANARY}`, { cause: { data: CANARY } })),
  };
  const response = await postWith({ portal });
  expect(response.status).toBe(500);
  expect(await problemFrom(response)).toMatchObject({ code: 'internal' });
  expect(written.all()).toContain('"defect":{"name":"Error","frames":["at ');
});

test('a function whose time runs out answers 503 before Lambda ends it', async () => {
  const hanging = { ...fakePortal(), logout: () => new Promise<never>(() => {}) };
  const response = await postWith({ portal: hanging }, 550);
  expect(response.status).toBe(503);
  expect(await problemFrom(response)).toMatchObject({ code: 'out-of-time' });
});

test.each([
  ['application/json', json],
  ['a +json type', { 'content-type': 'application/vnd.api+json; charset=utf-8' }],
  ['what curl -d sends', { 'content-type': 'application/x-www-form-urlencoded' }],
])('a token-cache file can be posted unchanged, as %s', async (_name, headers) => {
  const file = {
    startUrl: 'https://example.awsapps.com/start',
    region: 'eu-west-1',
    accessToken: CANARY,
    expiresAt: '2026-01-01T01:00:00Z',
    clientId: 'client',
    clientSecret: `${CANARY}-secret`,
    registrationExpiresAt: '2026-03-01T01:00:00Z',
    refreshToken: `${CANARY}-refresh`,
  };
  const response = await post(JSON.stringify(file, null, 2), headers);
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({
    status: 'COMPLETED',
    requestedBy: 'arn:aws:sts::000000000000:assumed-role/local/you',
    sessions: { found: 1, loggedOut: 1 },
    roleSessions: { mayContinueUntil: '2026-01-01T12:00:00.000Z', deniedAt: null },
  });
  expect(text + written.all()).not.toContain(CANARY);
});

test('reading a revocation returns its outcomes page by page', async () => {
  const records = fakeRecords();
  const ids = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(43));
  const revocationId = 'r'.repeat(43);
  const at = deps.clock();
  const { signal } = new AbortController();
  const header = {
    revocationId,
    subject: { sessionId: ids[0] ?? '' },
    source: 'http' as const,
    requestedBy: 'x',
  };
  await records.putHeader(
    {
      ...header,
      requestedAt: at,
      portalSessionSeconds: 30,
      maxRoleSessionSeconds: 60,
      denial: 'switched-off',
    },
    signal,
  );
  for (const sessionId of ids) {
    await records.putOutcome(revocationId, { sessionId, outcome: 'LOGGED_OUT', at, attempts: 1 }, signal);
  }
  const reading = await startApi({ ...deps, records });
  async function get(query: string): Promise<RevocationPage> {
    const response = await fetch(`${reading.url}/revocations/${revocationId}?${query}`);
    return (await response.json()) as RevocationPage;
  }
  const first = await get('limit=3');
  const second = await get(`limit=3&cursor=${first.nextCursor}`);
  await reading.close();
  expect(first.outcomes.map(({ sessionId }) => sessionId)).toEqual(ids.slice(0, 3));
  expect(second.outcomes).toEqual([
    { sessionId: ids[3], outcome: 'LOGGED_OUT', at: '2026-01-01T00:00:00.000Z', attempts: 1 },
  ]);
  expect(second.nextCursor).toBeUndefined();
  expect([first.sessions.found, second.sessions.found]).toEqual([4, 4]);
});

test('with a JSON Web Token, the record names issuer and subject', async () => {
  const { jsonHandler } = await import('../../lambda/shell/http.ts');
  const callers: string[] = [];
  const handler = jsonHandler(async ({ caller }) => {
    callers.push(caller.name);
    throw new DomainError('portal-unavailable', 'enough seen');
  });
  const claims = { iss: 'https://idp.example.com', sub: 'workflow' };
  for (const authorizer of [{ jwt: { claims } }, { jwt: { claims: {} } }, undefined]) {
    const requestContext = { http: { method: 'POST' }, authorizer };
    const event = { headers: json, body: '{}', isBase64Encoded: false, requestContext };
    await handler(event as never, { getRemainingTimeInMillis: () => 1000 } as never);
  }
  expect(callers).toEqual(['https://idp.example.com#workflow', 'unknown', 'unknown']);
});
