import { GetRoleCredentialsCommand, SSOClient } from '@aws-sdk/client-sso';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type Emulators, startEmulators } from '../../../local/emulators/server.ts';
import { type RunningHttpApi, startHttpApi } from '../../../local/http/http-api.ts';
import { type Keys, signed } from '../../support/callers.ts';

const HOUR = 3_600_000;
const ACCOUNT = '000000000000';
const you = `arn:aws:sts::${ACCOUNT}:assumed-role/local/you`;

let now: number;
let emulator: Emulators;
let api: RunningHttpApi;
let invocations: number;
let lines: string[];
let portal: SSOClient;

beforeEach(async () => {
  now = Date.UTC(2026, 0, 2, 3, 4, 5);
  [invocations, lines] = [0, []];
  emulator = await startEmulators({ clock: () => now });
  portal = new SSOClient({ region: 'us-east-1', endpoint: emulator.url, maxAttempts: 1 });
  const invoke = async (_: string, event: unknown) => {
    invocations += 1;
    return Object(event).requestContext.authorizer?.iam ?? { userArn: 'nobody' };
  };
  api = await startHttpApi({
    port: 0,
    apiId: 'api',
    routes: ['GET /', 'GET /open'].map((key) => ({ key, functionId: 'fn', iamAuthorized: key === 'GET /' })),
    invoke,
    output: (line) => lines.push(line),
    roleSessions: emulator.roleSessions,
  });
});
afterEach(async () => {
  portal.destroy();
  await api.close();
  await emulator.close();
});

async function portalCredentials(userName: string, accountId = ACCOUNT) {
  const { accessToken } = emulator.signIns.signIn({ userName });
  const command = new GetRoleCredentialsCommand({ accessToken, accountId, roleName: 'Developer' });
  return (await portal.send(command)).roleCredentials ?? {};
}

async function ask(headers: Record<string, string> = {}, path = '/') {
  const response = await fetch(api.url + path, { headers });
  return { status: response.status, caller: Object(await response.json()) };
}

const as = (keys: Keys) => ask(signed('execute-api', keys));

it('a request signed with role credentials of the portal has that role session as its caller', async () => {
  const [jane, again] = [
    await portalCredentials('jane@example.com'),
    await portalCredentials('jane@example.com'),
  ];
  const john = await portalCredentials('john');
  const { status, caller } = await as(jane);
  expect([status, caller]).toEqual([
    200,
    {
      accessKey: jane.accessKeyId,
      accountId: ACCOUNT,
      callerId: expect.stringMatching(/^AROA[A-Z2-7]{16}:jane@example\.com$/),
      cognitoIdentity: null,
      principalOrgId: 'o-local00000',
      userArn: expect.stringMatching(
        /^arn:aws:sts::000000000000:assumed-role\/AWSReservedSSO_Developer_[0-9a-f]{16}\/jane@example\.com$/,
      ),
      userId: caller.callerId,
    },
  ]);
  expect((await as(again)).caller).toEqual({ ...caller, accessKey: again.accessKeyId });
  const other = (await as(john)).caller;
  expect([other.userArn, other.callerId]).toEqual([
    caller.userArn.replace(/jane.*$/, 'john'),
    caller.callerId.replace(/jane.*$/, 'john'),
  ]);
});

it('a request signed with credentials of STS has the assumed role as its caller, and no user', async () => {
  const { accessKeyId = '', secretAccessKey = '', sessionToken = '' } = await portalCredentials('jane');
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  const sts = new STSClient({ region: 'us-east-1', endpoint: emulator.url, credentials, maxAttempts: 1 });
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/path/offboarding`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'workflow' }));
  sts.destroy();
  const { caller } = await as({
    accessKeyId: Credentials?.AccessKeyId,
    sessionToken: Credentials?.SessionToken,
  });
  expect(caller.userArn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/offboarding/workflow`);
});

it.each([
  ['is not signed', {}],
  [
    'is signed with a key from elsewhere',
    signed('execute-api', { accessKeyId: 'AKIAELSEWHERE', sessionToken: 'x' }),
  ],
  ['has a bearer token', { authorization: 'Bearer x' }],
])('a request that %s has the caller local/you', async (_, headers) => {
  expect(await ask(headers)).toMatchObject({ status: 200, caller: { userArn: you, accountId: ACCOUNT } });
});

describe('rejected callers, with 403 and the reason in the output', () => {
  it('a key without its session token, or with another one', async () => {
    const { accessKeyId } = await portalCredentials('jane');
    for (const keys of [{ accessKeyId }, { accessKeyId, sessionToken: 'guessed' }]) {
      expect((await as(keys)).status).toBe(403);
    }
    expect(lines).toEqual(
      [1, 2].map(() => expect.stringMatching(/^GET \/ .*: .* is invalid; answered 403$/)),
    );
    expect(invocations).toBe(0);
  });

  it('an expired key', async () => {
    const keys = await portalCredentials('jane');
    now += HOUR - 1;
    expect((await as(keys)).status).toBe(200);
    now += 1;
    expect((await as(keys)).status).toBe(403);
    expect(lines).toEqual([expect.stringContaining('is expired')]);
  });

  it('a session of another account', async () => {
    expect((await as(await portalCredentials('jane', '111122223333'))).status).toBe(403);
    expect(lines).toEqual([expect.stringContaining('callers of their own account only')]);
    expect(invocations).toBe(0);
  });
});

it('a route without authorization ignores the signature', async () => {
  const { accessKeyId } = await portalCredentials('jane');
  expect(await ask(signed('execute-api', { accessKeyId }), '/open')).toMatchObject({
    status: 200,
    caller: { userArn: 'nobody' },
  });
});

it('no credentials are written to the output', async () => {
  const { accessKeyId, sessionToken = '', secretAccessKey = '' } = await portalCredentials('jane');
  await as({ accessKeyId, sessionToken: 'guessed' });
  now += HOUR;
  await as({ accessKeyId, sessionToken });
  expect(lines).toHaveLength(2);
  for (const secret of [sessionToken, secretAccessKey, 'guessed']) expect(lines.join()).not.toContain(secret);
});
