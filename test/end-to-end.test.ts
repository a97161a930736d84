import { type Emulators, startEmulators } from '../local/emulators/server.ts';
import type { TokenCacheFile } from '../local/emulators/sign-in/sign-ins.ts';
import { hashOf } from '../local/ground/token-hash.ts';
import { unsignedToken } from '../local/http/json-web-token.ts';
import { dynamoDbLocal, hasDynamoDbLocal } from './support/dynamodb-local.ts';
import { type RunningStack, start, USER_ID } from './support/running-stack.ts';

function logoutsOf({ requests }: Emulators, { accessToken }: TokenCacheFile): (number | null)[] {
  const own = requests.filter(
    ({ operation, sessionId }) => operation === 'logout' && sessionId === hashOf(accessToken),
  );
  return own.map(({ status }) => status);
}

async function revokesOne({ stack, post, cache, rows }: RunningStack, emulator: Emulators): Promise<void> {
  const file = emulator.signIns.signIn();
  await cache(file.accessToken);
  const { status, body } = await post(JSON.stringify(file, null, 2));
  expect(status).toBe(200);
  expect(body).toMatchObject({
    revocationId: hashOf(file.accessToken),
    status: 'COMPLETED',
    subject: { sessionId: hashOf(file.accessToken), userId: USER_ID },
    sessions: { found: 1, loggedOut: 1, alreadyInvalid: 0, pending: 0, failed: 0 },
  });
  expect(logoutsOf(emulator, file)).toEqual([200]);
  expect(emulator.signIns.userOf(file.accessToken)).toBeUndefined();
  expect(await rows('TokenCache')).toEqual([]);
  const read = await fetch(`${stack.url}/revocations/${body.revocationId}`);
  expect(await read.json()).toEqual({
    ...body,
    outcomes: [
      { sessionId: hashOf(file.accessToken), outcome: 'LOGGED_OUT', at: body.completedAt, attempts: 1 },
    ],
  });
}

describe('the synthesized stack on this machine', () => {
  let running: RunningStack;
  let emulator: Emulators;

  beforeAll(async () => {
    running = await start();
    emulator = running.stack.emulator;
  }, 30_000);
  afterAll(() => running.close());

  /** Sends one request to the API for JSON Web Tokens. */
  async function askByToken(claims: object, method: string, path: string, body?: object) {
    const { tokens } = running.stack;
    if (!tokens) throw new Error('The stack has no API for JSON Web Tokens.');
    const standing = { iss: tokens.issuer, aud: tokens.audience, exp: Math.floor(Date.now() / 1000) + 60 };
    const authorization = `Bearer ${unsignedToken({ ...standing, ...claims })}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(tokens.url + path, init);
    return { status: response.status, body: await response.json() };
  }

  test('a posted token-cache file ends its session with one Logout', () => revokesOne(running, emulator));

  test('five identical calls at once make one record and one successful Logout', async () => {
    const file = emulator.signIns.signIn();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => running.post(file)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const again = await running.post(file);
    expect(again.body.sessions).toMatchObject({ found: 1, loggedOut: 1 });
    expect(logoutsOf(emulator, file).filter((status) => status === 200)).toHaveLength(1);
    const records = (await running.rows('Records')).filter(
      ({ revocationId }) => revocationId === hashOf(file.accessToken),
    );
    expect(records.map(({ entry }) => entry).sort()).toEqual([
      'REVOCATION',
      `SESSION#${hashOf(file.accessToken)}`,
    ]);
  });

  it("a token registers only its person's session, and none lets its holder pass for a role session", async () => {
    const file = emulator.signIns.signIn({ userName: 'erin' });
    const role = 'arn:aws:sts::000000000000:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/erin';
    const forged = { scope: 'register', sub: role, iam: { userArn: role }, preferred_username: 'mallory' };
    expect((await askByToken(forged, 'PUT', '/sessions', file)).status).not.toBeLessThan(400);
    expect(
      await askByToken({ ...forged, preferred_username: undefined }, 'PUT', '/sessions', file),
    ).toMatchObject({
      status: 403,
      body: { code: 'not-your-session' },
    });
    const own = { scope: 'register', sub: 'erin', preferred_username: 'erin' };
    expect((await askByToken(own, 'PUT', '/sessions', file)).status).toBe(201);
    const userId = running.stack.users.find('erin')?.userId;
    const left = { userId, reason: 'left' };
    expect((await askByToken(own, 'POST', '/revocations', left)).status).toBe(403);
    expect(await askByToken({ scope: 'revoke', sub: 'flow' }, 'POST', '/revocations', left)).toMatchObject({
      status: 200,
      body: { requestedBy: 'https://idp.example.com/#flow', sessions: { loggedOut: 1 } },
    });
  });
});

test('AWS_ENDPOINT_URL_SSO redirects the functions to another portal', async () => {
  const other = await startEmulators();
  const running = await start({ AWS_ENDPOINT_URL_SSO: other.url });
  try {
    await revokesOne(running, other);
  } finally {
    await running.close();
    await other.close();
  }
}, 30_000);

(hasDynamoDbLocal ? test : xtest)(
  "AWS_ENDPOINT_URL_DYNAMODB redirects the functions to AWS's DynamoDB Local",
  async () => {
    const running = await start({ AWS_ENDPOINT_URL_DYNAMODB: await dynamoDbLocal() });
    try {
      await revokesOne(running, running.stack.emulator);
    } finally {
      await running.close();
    }
  },
  60_000,
);
