import { createServer, type RequestListener } from 'node:http';
import { createCalls } from '../../cli/api/calls.ts';
import { type ApiSettings, createApi } from '../../cli/api/client.ts';
import { delayBefore, retryAfterOf } from '../../cli/api/retry.ts';
import { VERSION } from '../../cli/version.ts';
import { closeServer, listen, localUrl, readBody } from '../../local/ground/http-server.ts';
import { KEYS, runIcr, testMachine } from '../support/icr.ts';

const ID = `user.${'a'.repeat(43)}`;
const revocation = { revocationId: ID, status: 'COMPLETED' };

type Given = { status: number; body: string; headers?: Record<string, string> };
interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: Record<string, unknown>;
  body: string;
}

let server: ReturnType<typeof createServer>;
let url: string;
let answers: Given[];
let seen: Seen[];
let hangs: boolean;

/** Gives these answers in turn. The last one repeats. */
const listener: RequestListener = async (request, response) => {
  const { method, url: path, headers } = request;
  seen.push({ method, url: path, headers, body: String(await readBody(request, 100_000)) });
  if (hangs) return;
  const { status, body, headers: more } = (answers.length > 1 ? answers.shift() : answers[0]) as Given;
  response.writeHead(status, more).end(body);
};

beforeEach(async () => {
  server = createServer(listener);
  url = localUrl(await listen(server, 0));
  answers = [];
  seen = [];
  hangs = false;
});
afterEach(() => closeServer(server));

const json = (status: number, body: object, headers?: Record<string, string>): Given => ({
  status,
  body: JSON.stringify(body),
  ...(headers && { headers }),
});

function client(settings?: ApiSettings, at = url) {
  const { machine, slept } = testMachine();
  const address = { url: at, region: 'eu-west-1' };
  return { slept, calls: createCalls(createApi(machine, address, async () => KEYS, settings)) };
}

const revoke = ({ calls } = client()) => calls.revoke({ userId: 'u' }, 'left', 'key-1');

test('a request is signed for API Gateway in the Region of the API', async () => {
  answers = [json(200, revocation)];
  await revoke();
  expect(seen[0]?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=local\/\d{8}\/eu-west-1\/execute-api\/aws4_request, SignedHeaders=[\w;-]*host[\w;-]*, Signature=[0-9a-f]{64}$/,
  );
});

test('a request says which tool sends it, on which kind of device, and nothing of the person', async () => {
  answers = [json(200, revocation)];
  await revoke();
  expect(seen[0]?.headers['user-agent']).toBe(`icr/${VERSION} (${process.platform}; ${process.arch})`);
});

test('throttling and outages are retried with the same key, after the time that the API says', async () => {
  answers = [
    json(429, { message: 'Too Many Requests' }, { 'retry-after': '7' }),
    json(503, { code: 'store-unavailable', detail: 'Later.' }, { 'retry-after': '2' }),
    json(200, revocation),
  ];
  const one = client();
  await expect(revoke(one)).resolves.toMatchObject(revocation);
  expect(one.slept).toEqual([7_000, 2_000]);
  expect(seen.map(({ headers }) => headers['idempotency-key'])).toEqual(['key-1', 'key-1', 'key-1']);
});

test('if the answer of the red button is lost, it is not pressed twice', async () => {
  answers = [json(503, { message: 'Service Unavailable' })];
  await expect(client().calls.revokeEveryone('breach', [])).rejects.toMatchObject({ exit: 7, status: 503 });
  expect(seen).toHaveLength(1);
});

test.each<[string, Given, number, RegExp]>([
  [
    'AWS refuses',
    json(403, { message: 'Forbidden' }),
    6,
    /^AWS refuses POST \/revocations \(403 Forbidden\): .*execute-api:Invoke on POST \/revocations/,
  ],
  ['nobody signed', json(401, { message: 'Unauthorized' }), 6, /401 Unauthorized/],
  [
    'the body is wrong',
    json(400, { code: 'invalid-body', detail: 'No.', errors: [{ pointer: '/reason', detail: 'is long' }] }),
    2,
    /^No\. \/reason is long\. \(400 invalid-body\)/,
  ],
  [
    'the user is unknown',
    json(404, { code: 'user-not-found', detail: 'Nobody.' }),
    8,
    /To do: check the spelling/,
  ],
  ['a defect', json(500, { code: 'internal', detail: 'Oh.' }), 7, /To do: repeat; if that does not help/],
  [
    'another site answers',
    { status: 404, body: '<html>' },
    8,
    /There is no POST \/revocations at this address \(404\): check --api/,
  ],
  [
    'a redirect, which would take the body elsewhere',
    { status: 307, body: '', headers: { location: 'http://127.0.0.1:9/' } },
    6,
    /answered 307, by something that is not this API/,
  ],
  ['a page instead of an answer', { status: 200, body: '<html>sign in</html>' }, 7, /not one of this API/],
])('after %s, one line says what to do', async (_name, answer, exit, text) => {
  answers = [answer];
  const failed = await revoke(client({ attempts: 1 })).catch((error) => error);
  expect(failed.exit).toBe(exit);
  expect(failed.message).toMatch(text);
  expect(failed.message).not.toContain('\n');
});

test('if the API hangs, the command ends after the timeout', async () => {
  hangs = true;
  const failed = await revoke(client({ timeoutMillis: 100, attempts: 2 })).catch((error) => error);
  expect(failed).toMatchObject({ exit: 7, message: expect.stringMatching(/did not answer within 0.1 s/) });
  expect(seen).toHaveLength(2);
});

test('if nothing listens at the address, the error says where to look', async () => {
  await closeServer(server);
  const failed = await revoke(client({ attempts: 2 })).catch((error) => error);
  expect(failed).toMatchObject({
    exit: 7,
    message: expect.stringMatching(/^Nothing listens at 127.*ECONNREFUSED.*check --api/),
  });
});

test('without Retry-After, the delay doubles, with jitter', () => {
  expect([1, 2, 3, 20].map((attempt) => delayBefore(attempt, undefined, 0))).toEqual([
    500, 1_000, 2_000, 30_000,
  ]);
  expect(delayBefore(3, undefined, 1)).toBe(1_000);
  expect(delayBefore(1, 3_600)).toBe(60_000);
});

test.each([
  ['5', 5],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 10],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('Retry-After %j is read as %j seconds', (value, seconds) => {
  expect(retryAfterOf(value, Date.parse('1994-11-06T08:49:27Z'))).toBe(seconds);
});

test('icr show joins all pages: outcomes, and the users of the red button', async () => {
  const whole = {
    ...{
      ...revocation,
      subject: { everyone: true },
      requestedBy: 'x',
      requestedAt: 'now',
      completedAt: null,
    },
    ...{ sessions: { found: 2 }, roleSessions: { mayContinueUntil: 'later', deniedAt: null } },
  };
  const outcome = (sessionId: string) => ({ sessionId, outcome: 'LOGGED_OUT', at: 'then', attempts: 1 });
  const page = (name: string, more: object) =>
    json(200, { ...whole, outcomes: [outcome(name)], users: [{ userId: name }], ...more });
  answers = [page('one', { nextCursor: 'further' }), page('two', {})];
  const { out } = await runIcr(['--api', url, 'show', ID, '--json']);
  expect(JSON.parse(out)).toEqual({
    ...whole,
    outcomes: [outcome('one'), outcome('two')],
    users: [{ userId: 'one' }, { userId: 'two' }],
  });
  expect(seen.map(({ url: path }) => path)).toEqual([
    `/revocations/${ID}?limit=1000`,
    `/revocations/${ID}?limit=1000&cursor=further`,
  ]);
});

describe('icr restore', () => {
  const counts = { removed: 0, left: 1 };
  const removal = (status: string) => ({
    ...{ revocationId: ID, status: 'COMPLETED', subject: { userId: 'u' }, source: 'event' },
    ...{ requestedBy: 'an event', requestedAt: '2026-01-01T00:00:00Z', completedAt: '2026-01-01T00:00:01Z' },
    sessions: { found: 0, loggedOut: 0, alreadyInvalid: 0, pending: 0, failed: 0 },
    roleSessions: { mayContinueUntil: '2026-01-01T20:00:00Z', deniedAt: null },
    access: { status, assignments: counts, memberships: counts },
  });
  const restoring = (retryAfter: string) => json(202, removal('RESTORING'), { 'retry-after': retryAfter });
  const restore = (...more: string[]) => runIcr(['--api', url, 'restore', ID, '--json', ...more]);

  test('repeats the request after the time that the API says, until all is given back', async () => {
    answers = [
      restoring('3'),
      json(409, { code: 'access-busy', detail: 'Later.' }, { 'retry-after': '4' }),
      json(200, removal('RESTORED')),
    ];
    const { code, out, slept } = await restore();
    expect({ code, access: JSON.parse(out).access.status }).toEqual({ code: 0, access: 'RESTORED' });
    expect(slept).toEqual([3_000, 4_000]);
    expect(new Set(seen.map(({ method, url: path }) => `${method} ${path}`))).toEqual(
      new Set([`POST /revocations/${ID}/restore-access`]),
    );
  });

  test('ends with what is known when the time is over, and says that it is in progress', async () => {
    answers = [restoring('20')];
    const { code, out, slept } = await restore('--max-wait', '45');
    expect({ code, access: JSON.parse(out).access.status }).toEqual({ code: 3, access: 'RESTORING' });
    expect(slept).toEqual([20_000, 20_000]);
  });

  test('says how to go on when it is interrupted', async () => {
    answers = [restoring('20')];
    const stop = new AbortController();
    const { code, err } = await runIcr(['--api', url, 'restore', ID], {
      signal: stop.signal,
      sleep: async () => stop.abort(),
    });
    expect(code).toBe(130);
    expect(err).toContain(`\`icr restore ${ID}\` goes on where it stopped`);
  });
});
