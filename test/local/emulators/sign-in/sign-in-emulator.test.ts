import {
  GetRoleCredentialsCommand,
  InvalidRequestException,
  ListAccountsCommand,
  LogoutCommand,
  SSOClient,
  TooManyRequestsException,
  UnauthorizedException,
} from '@aws-sdk/client-sso';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';
import { hashOf } from '../../../../local/ground/token-hash.ts';

const START = Date.UTC(2026, 0, 2, 3, 4, 5);
const HOUR = 3_600_000;

/** The members of answers that the tests pass on. */
interface Json {
  accessToken: string;
  clientId: string;
  clientSecret: string;
  clientSecretExpiresAt: number;
  deviceCode: string;
  calls: string[];
}

let emulator: Emulators;
let now: number;
let client: SSOClient;

beforeEach(async () => {
  now = START;
  emulator = await startEmulators({ clock: () => now });
  client = new SSOClient({ region: 'eu-west-1', endpoint: emulator.url, maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await emulator.close();
});

const logout = (accessToken: string, signal = AbortSignal.timeout(5000)) =>
  client.send(new LogoutCommand({ accessToken }), { abortSignal: signal });

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; type: string | null; json: Json }> {
  const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(emulator.url + path, { method, ...init });
  return {
    status: response.status,
    type: response.headers.get('x-amzn-errortype'),
    json: Object(await response.json()),
  };
}

const refresh = ({
  clientId,
  clientSecret,
  refreshToken,
}: {
  clientId: string;
  clientSecret: string;
  refreshToken: string;
}) => call('POST', '/token', { clientId, clientSecret, refreshToken, grantType: 'refresh_token' });

describe('Logout', () => {
  it('ends the session once', async () => {
    const { accessToken } = emulator.signIns.signIn();
    await logout(accessToken);
    await expect(logout(accessToken)).rejects.toThrow(UnauthorizedException);
  });

  it('answers a dead token as the portal does', async () => {
    const response = await fetch(`${emulator.url}/logout`, {
      method: 'POST',
      headers: { 'x-amz-sso_bearer_token': 'local-access-unknown' },
    });
    expect([response.status, response.headers.get('x-amzn-ErrorType')]).toEqual([
      401,
      'UnauthorizedException',
    ]);
    expect(await response.json()).toEqual({
      message: 'Session token not found or invalid',
      __type: 'com.amazonaws.switchboard.portal#UnauthorizedException',
    });
  });

  it('refuses a request without a token', async () => {
    expect(await call('POST', '/logout')).toMatchObject({ status: 400, type: 'InvalidRequestException' });
  });

  it('ends the whole session, so its other access token and its refresh token die, too', async () => {
    const file = emulator.signIns.signIn();
    const { json } = await refresh(file);
    await logout(json.accessToken);
    await expect(logout(file.accessToken)).rejects.toThrow(UnauthorizedException);
    expect(await refresh(file)).toMatchObject({ status: 400, type: 'InvalidGrantException' });
  });

  it('does not end the sessions of others', async () => {
    const [mine, other] = [emulator.signIns.signIn(), emulator.signIns.signIn()];
    await logout(mine.accessToken);
    await expect(logout(other.accessToken)).resolves.toBeDefined();
  });

  it('does not end a session by an expired access token, so it can still be refreshed', async () => {
    const file = emulator.signIns.signIn();
    now += HOUR;
    await expect(logout(file.accessToken)).rejects.toThrow(UnauthorizedException);
    const { json } = await refresh(file);
    await expect(logout(json.accessToken)).resolves.toBeDefined();
  });

  it('role credentials are issued only for a live session, and outlive it', async () => {
    const { accessToken } = emulator.signIns.signIn();
    const command = new GetRoleCredentialsCommand({
      accessToken,
      accountId: '000000000000',
      roleName: 'Admin',
    });
    const { roleCredentials } = await client.send(command);
    expect(roleCredentials?.expiration).toBeGreaterThan(now);
    await logout(accessToken);
    await expect(client.send(command)).rejects.toThrow(UnauthorizedException);
  });
});

describe('ListAccounts', () => {
  const listAccounts = (accessToken: string, input: { maxResults?: number } = {}) =>
    client.send(new ListAccountsCommand({ accessToken, ...input }));

  it('distinguishes a live token from a dead one, and ends nothing', async () => {
    const { accessToken } = emulator.signIns.signIn();
    for (const input of [{ maxResults: 1 }, {}]) {
      const { accountList, nextToken } = await listAccounts(accessToken, input);
      expect(accountList).toEqual([
        { accountId: '000000000000', accountName: 'local', emailAddress: 'local@example.com' },
      ]);
      expect(nextToken).toBeUndefined();
    }
    await logout(accessToken);
    await expect(listAccounts(accessToken)).rejects.toThrow(UnauthorizedException);
  });

  it('refuses an unknown token, and an expired one of a live session', async () => {
    await expect(listAccounts('local-access-unknown')).rejects.toThrow(UnauthorizedException);
    const { accessToken } = emulator.signIns.signIn();
    now += HOUR;
    await expect(listAccounts(accessToken)).rejects.toThrow(UnauthorizedException);
  });

  it.each([0, 101])('refuses %d results', async (maxResults) => {
    const { accessToken } = emulator.signIns.signIn();
    await expect(listAccounts(accessToken, { maxResults })).rejects.toThrow(InvalidRequestException);
  });

  it.each([
    ['throttle', TooManyRequestsException],
    ['reject', InvalidRequestException],
    ['fail', expect.objectContaining({ $metadata: expect.objectContaining({ httpStatusCode: 500 }) })],
    ['cut', expect.objectContaining({ message: expect.stringContaining('socket hang up') })],
  ] as const)('can have the fault %s without affecting Logout', async (fault, error) => {
    const { accessToken } = emulator.signIns.signIn();
    const setting = { operation: 'listAccounts', fault, times: 1 };
    expect(await call('PUT', '/_emulator/faults', setting)).toMatchObject({ status: 200, json: setting });
    const failure = await listAccounts(accessToken).catch((caught: unknown) => caught);
    if (typeof error === 'function') expect(failure).toBeInstanceOf(error);
    else expect(failure).toEqual(error);
    await expect(listAccounts(accessToken)).resolves.toBeDefined();
    expect(emulator.requests.filter(({ operation }) => operation === 'listAccounts')).toHaveLength(2);
    await expect(logout(accessToken)).resolves.toBeDefined();
  });
});

describe('SSO OIDC', () => {
  it('signs in a device: register, authorize, exchange once', async () => {
    const { json: registration } = await call('POST', '/client/register', {
      clientName: 'cli',
      clientType: 'public',
    });
    expect(registration.clientSecretExpiresAt).toBeGreaterThan(START / 1000);
    const { clientId, clientSecret } = registration;
    const { json: device } = await call('POST', '/device_authorization', {
      clientId,
      clientSecret,
      startUrl: 'https://x',
    });
    expect(device).toMatchObject({
      userCode: expect.stringMatching(/^\d{4}-\d{4}$/),
      expiresIn: 600,
      interval: 1,
    });
    const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
    const request = { clientId, clientSecret, grantType, deviceCode: device.deviceCode };
    const { json: tokens } = await call('POST', '/token', request);
    expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresIn: 3600 });
    await expect(logout(tokens.accessToken)).resolves.toBeDefined();
    expect(await call('POST', '/token', request)).toMatchObject({
      status: 400,
      type: 'InvalidGrantException',
    });
  });

  it('refreshes as long as the session lasts', async () => {
    const file = emulator.signIns.signIn();
    now += 8 * HOUR - 1;
    expect((await refresh(file)).status).toBe(200);
    now += 1;
    expect(await refresh(file)).toMatchObject({
      status: 400,
      type: 'InvalidGrantException',
      json: { error: 'invalid_grant', error_description: expect.any(String) },
    });
  });

  it.each([
    ['another client', (other: object) => ({ ...other }), 400, 'InvalidGrantException'],
    ['a wrong secret', () => ({ clientSecret: 'wrong' }), 401, 'InvalidClientException'],
    ['an unknown client', () => ({ clientId: 'unknown' }), 401, 'InvalidClientException'],
    ['an unknown refresh token', () => ({ refreshToken: 'unknown' }), 400, 'InvalidGrantException'],
  ])('refuses to refresh for %s', async (_, change, status, type) => {
    const { clientId, clientSecret } = emulator.signIns.register();
    const file = { ...emulator.signIns.signIn(), ...change({ clientId, clientSecret }) };
    expect(await refresh(file)).toMatchObject({ status, type });
  });

  it('refuses an unknown grant type', async () => {
    const { clientId, clientSecret } = emulator.signIns.register();
    const answer = await call('POST', '/token', { clientId, clientSecret, grantType: 'password' });
    expect(answer).toMatchObject({ status: 400, type: 'UnsupportedGrantTypeException' });
  });
});

describe('faults', () => {
  it.each([
    ['throttle', TooManyRequestsException],
    ['reject', InvalidRequestException],
    ['fail', expect.objectContaining({ $metadata: expect.objectContaining({ httpStatusCode: 500 }) })],
    ['cut', expect.objectContaining({ message: expect.stringContaining('socket hang up') })],
  ] as const)('%s of Logout ends nothing, and stops after its number of times', async (fault, error) => {
    const { accessToken } = emulator.signIns.signIn();
    emulator.faults.set({ operation: 'logout', fault, times: 2 });
    for (let time = 0; time < 2; time += 1) {
      const failure = await logout(accessToken).catch((caught: unknown) => caught);
      if (typeof error === 'function') expect(failure).toBeInstanceOf(error);
      else expect(failure).toEqual(error);
    }
    await expect(logout(accessToken)).resolves.toBeDefined();
  });

  it('hang gives no answer', async () => {
    const { accessToken } = emulator.signIns.signIn();
    emulator.faults.set({ operation: 'logout', fault: 'hang' });
    const abort = new AbortController();
    const failed = expect(logout(accessToken, abort.signal)).rejects.toThrow('aborted');
    while (emulator.requests.length === 0) await new Promise(setImmediate);
    abort.abort();
    await failed;
    expect(emulator.requests).toEqual([expect.objectContaining({ operation: 'logout', status: null })]);
    emulator.faults.set({ operation: 'logout', fault: 'none' });
    await expect(logout(accessToken)).resolves.toBeDefined();
  });

  it('lost ends the session, and its answer gets lost', async () => {
    const { accessToken } = emulator.signIns.signIn();
    emulator.faults.set({ operation: 'logout', fault: 'lost', times: 1 });
    await expect(logout(accessToken)).rejects.toThrow('socket hang up');
    await expect(logout(accessToken)).rejects.toThrow(UnauthorizedException);
  });

  it('garbage is a 200 that is not JSON, and ends nothing', async () => {
    const { accessToken } = emulator.signIns.signIn();
    emulator.faults.set({ operation: 'logout', fault: 'garbage', times: 1 });
    const headers = { 'x-amz-sso_bearer_token': accessToken };
    const response = await fetch(`${emulator.url}/logout`, { method: 'POST', headers });
    expect([response.status, await response.text()]).toEqual([200, expect.stringMatching(/^</)]);
    await expect(logout(accessToken)).resolves.toBeDefined();
  });

  it.each([
    ['throttle', 429, 'TooManyRequestsException'],
    ['fail', 500, 'InternalServerException'],
    ['reject', 400, 'InvalidRequestException'],
  ] as const)('%s affects token and not Logout', async (fault, status, type) => {
    const file = emulator.signIns.signIn();
    emulator.faults.set({ operation: 'token', fault });
    expect(await refresh(file)).toMatchObject({ status, type });
    await expect(logout(file.accessToken)).resolves.toBeDefined();
  });
});

describe('control calls', () => {
  it('sign a person in, and return the file that the AWS CLI would write', async () => {
    const { status, json } = await call('POST', '/_emulator/sign-ins', {
      region: 'eu-west-1',
      accessTokenSeconds: 60,
    });
    expect(status).toBe(201);
    expect(json).toEqual({
      startUrl: 'https://local.awsapps.com/start',
      region: 'eu-west-1',
      accessToken: expect.stringMatching(/^local-access-/),
      expiresAt: '2026-01-02T03:05:05Z',
      clientId: expect.stringMatching(/^local-client-/),
      clientSecret: expect.stringMatching(/^local-client-/),
      registrationExpiresAt: '2026-04-02T03:04:05Z',
      refreshToken: expect.stringMatching(/^local-refresh-/),
    });
    await expect(logout(json.accessToken)).resolves.toBeDefined();
  });

  it('set faults', async () => {
    const setting = { operation: 'logout', fault: 'throttle', times: 1 };
    expect(await call('PUT', '/_emulator/faults', setting)).toMatchObject({ status: 200, json: setting });
    await expect(logout(emulator.signIns.signIn().accessToken)).rejects.toThrow(TooManyRequestsException);
  });

  it('list requests by the hash of the token, and never show the token', async () => {
    const file = emulator.signIns.signIn();
    const { json: tokens } = await refresh(file);
    await logout(file.accessToken);
    await expect(logout(file.accessToken)).rejects.toThrow();
    const { json } = await call('GET', '/_emulator/requests');
    const at = '2026-01-02T03:04:05.000Z';
    expect(json).toEqual([
      { operation: 'token', sessionId: hashOf(tokens.accessToken), status: 200, at },
      { operation: 'logout', sessionId: hashOf(file.accessToken), status: 200, at },
      { operation: 'logout', sessionId: hashOf(file.accessToken), status: 401, at },
    ]);
    expect(JSON.stringify(json)).not.toMatch(/local-(access|refresh|client)/);
  });

  it.each([
    ['PUT', '/_emulator/faults', { operation: 'logout', fault: 'explode' }, 400],
    ['PUT', '/_emulator/faults', { operation: 'dance', fault: 'fail' }, 400],
    ['PUT', '/_emulator/faults', { operation: 'logout', fault: 'fail', times: 0 }, 400],
    ['POST', '/_emulator/sign-ins', { accessTokenSeconds: 'long' }, 400],
    ['POST', '/_emulator/sign-ins', '{not json', 400],
    ['POST', '/_emulator/sign-ins', '[]', 400],
    ['POST', '/token', '{not json', 400],
    ['POST', '/token', 'null', 400],
    ['POST', '/client/register', '"text"', 400],
    ['POST', '/nowhere', {}, 404],
  ])('%s %s %j is refused, and the emulator still works', async (method, path, body, status) => {
    expect((await call(method, path, body)).status).toBe(status);
    expect((await call('POST', '/_emulator/sign-ins')).status).toBe(201);
  });

  it('accept at most the configured Logouts a second, and half a second of them at once', async () => {
    const tokens = Array.from({ length: 8 }, () => emulator.signIns.signIn().accessToken);
    expect(await call('PUT', '/_emulator/limit', { logoutsPerSecond: 4 })).toMatchObject({ status: 200 });
    const statuses = async (count: number) => {
      const answers = tokens.splice(0, count).map((token) =>
        logout(token).then(
          () => 200,
          () => 429,
        ),
      );
      return (await Promise.all(answers)).sort();
    };
    expect(await statuses(3)).toEqual([200, 200, 429]);
    now += 250;
    expect(await statuses(2)).toEqual([200, 429]);
    await expect(logout(emulator.signIns.signIn().accessToken)).rejects.toThrow(TooManyRequestsException);
    await call('PUT', '/_emulator/limit', { logoutsPerSecond: 0 });
    expect(await statuses(3)).toEqual([200, 200, 200]);
    for (const logoutsPerSecond of [-1, '4', null]) {
      expect(await call('PUT', '/_emulator/limit', { logoutsPerSecond })).toMatchObject({ status: 400 });
    }
  });

  it('name what exists if the path does not', async () => {
    const { status, json } = await call('DELETE', '/_emulator/sign-ins');
    expect(status).toBe(404);
    expect(json.calls).toEqual([
      'POST /_emulator/sign-ins',
      'GET /_emulator/users',
      'POST /_emulator/users',
      'PUT /_emulator/users/{userId}',
      'DELETE /_emulator/users/{userId}',
      'GET /_emulator/groups',
      'POST /_emulator/groups',
      'GET /_emulator/memberships',
      'POST /_emulator/memberships',
      'DELETE /_emulator/memberships/{membershipId}',
      'GET /_emulator/permission-sets',
      'POST /_emulator/permission-sets',
      'GET /_emulator/assignments',
      'POST /_emulator/assignments',
      'PUT /_emulator/assignment-changes',
      'POST /_emulator/events',
      'PUT /_emulator/faults',
      'PUT /_emulator/delays',
      'PUT /_emulator/limit',
      'GET /_emulator/requests',
    ]);
  });
});
