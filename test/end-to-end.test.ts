import { FAULTS } from '../local/emulators/faults.ts';
import { type SignInEmulator, startSignInEmulator } from '../local/emulators/server.ts';
import { hashOf, type TokenCacheFile } from '../local/emulators/sign-ins.ts';
import { javaVersion, startDynamoDbLocal } from './support/dynamodb-local.ts';
import { type RunningStack, start, USER_ID } from './support/running-stack.ts';

function logoutsOf({ requests }: SignInEmulator, { accessToken }: TokenCacheFile): (number | null)[] {
  const own = requests.filter(
    ({ operation, sessionId }) => operation === 'logout' && sessionId === hashOf(accessToken),
  );
  return own.map(({ status }) => status);
}

async function revokesOne(
  { stack, post, cache, rows }: RunningStack,
  emulator: SignInEmulator,
): Promise<void> {
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
  let emulator: SignInEmulator;

  beforeAll(async () => {
    running = await start();
    if (!running.stack.emulator) throw new Error('no emulator');
    emulator = running.stack.emulator;
  }, 30_000);
  afterAll(() => running.close());

  test('a token-cache file, posted as it is, ends the session with one Logout', () =>
    revokesOne(running, emulator));

  test('the same call five times at once: one record, one success at the portal', async () => {
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

  test('no secret leaves by any path but the request to the portal', async () => {
    const files: TokenCacheFile[] = [];
    const signIn = () => {
      const file = emulator.signIns.signIn();
      files.push(file);
      return file;
    };
    for (const fault of FAULTS) {
      // One that hangs takes its timeouts three times over: that is tested where the timeout can be set.
      if (fault === 'hang') continue;
      const file = signIn();
      await running.cache(file.accessToken);
      emulator.faults.set({ operation: 'logout', fault, times: 4 });
      await running.post({ ...file, reason: fault });
    }
    emulator.faults.set({ operation: 'logout', fault: 'none' });
    await running.post(signIn());
    const broken = signIn();
    await running.post(JSON.stringify(broken).slice(0, -1));
    await running.post(JSON.stringify(broken), { 'content-type': 'text/plain' });
    await running.post(new URLSearchParams({ ...broken }).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    });
    await running.post({ ...broken, userName: broken.accessToken });
    await running.post({ ...broken, region: broken.accessToken, reason: { text: broken.refreshToken } });
    await running.post({ ...broken, accessToken: `${broken.accessToken}\n` });
    await running.post([broken]);
    await running.post(broken.accessToken);
    await running.post({ ...broken, accessToken: broken.accessToken.repeat(1_500) });
    for (const path of [
      `/revocations/${broken.accessToken}`,
      `/${broken.accessToken}?token=${broken.accessToken}`,
    ]) {
      running.seen.push(await (await fetch(running.stack.url + path)).text());
    }
    running.seen.push(
      JSON.stringify([await running.rows('Records'), await running.rows('TokenCache'), emulator.requests]),
    );

    const everything = running.seen.join('\n');
    expect(everything).toContain(hashOf(files[0]?.accessToken ?? ''));
    const secrets = files.flatMap(({ accessToken, refreshToken, clientSecret }) => [
      accessToken,
      refreshToken,
      clientSecret,
    ]);
    const leaked = secrets.flatMap(encodings).filter((secret) => everything.includes(secret));
    expect(leaked).toEqual([]);
  }, 30_000);
});

/** How a secret may look after somebody has encoded it; in base64, at whichever of the three offsets. */
function encodings(secret: string): string[] {
  const inBase64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.from('x'.repeat(offset) + secret).toString('base64');
    return encoded.slice(4, -4);
  });
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...inBase64];
}

test('another portal, through AWS_ENDPOINT_URL_SSO', async () => {
  const other = await startSignInEmulator();
  const running = await start({ AWS_ENDPOINT_URL_SSO: other.url });
  try {
    await revokesOne(running, other);
  } finally {
    await running.close();
    await other.close();
  }
}, 30_000);

const java = javaVersion();
(java === undefined ? xtest : test)(
  "AWS's DynamoDB Local, through AWS_ENDPOINT_URL_DYNAMODB",
  async () => {
    const server = await startDynamoDbLocal();
    const running = await start({ AWS_ENDPOINT_URL_DYNAMODB: server.url });
    try {
      if (!running.stack.emulator) throw new Error('no emulator');
      await revokesOne(running, running.stack.emulator);
    } finally {
      await running.close();
      await server.close();
    }
  },
  60_000,
);
