import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { SSOOIDCClient } from '@aws-sdk/client-sso-oidc';
import { clientConfig } from '../../../../lambda/aws/clients.ts';
import { ssoTokenService } from '../../../../lambda/aws/identity-center/token-service.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import type { RefreshCredentials } from '../../../../lambda/domain/session.ts';
import type { Fault } from '../../../../local/emulators/ground/faults.ts';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';
import { closeServer, listen, localUrl } from '../../../../local/ground/http-server.ts';

let emulator: Emulators;
let now = Date.UTC(2026, 0, 1);

beforeAll(async () => {
  emulator = await startEmulators({ clock: () => now });
});
afterAll(() => emulator.close());
afterEach(() => emulator.faults.set({ operation: 'token', fault: 'none' }));

const ample = () => new AbortController().signal;

function tokenService(endpoint = emulator.url, maxAttempts = 1) {
  return ssoTokenService(
    () => new SSOOIDCClient({ ...clientConfig, endpoint, region: 'eu-west-1', maxAttempts }),
  );
}

function signIn() {
  const { accessToken, refreshToken, clientId, clientSecret } = emulator.signIns.signIn();
  const credentials: RefreshCredentials = {
    refreshToken: new Secret(refreshToken),
    clientId,
    clientSecret: new Secret(clientSecret),
  };
  return { accessToken, credentials };
}

function expectNoSecret(result: unknown, { refreshToken, clientSecret }: RefreshCredentials): void {
  const shown = inspect(result, { showHidden: true, depth: null });
  for (const secret of [refreshToken.reveal(), clientSecret.reveal(), 'canary', 'local-']) {
    expect(shown).not.toContain(secret);
  }
}

test('an expired session gets a valid access token of the same session', async () => {
  const { accessToken, credentials } = signIn();
  now += 61 * 60_000;
  expect(emulator.signIns.userOf(accessToken)).toBeUndefined();
  const result = await tokenService().refresh(credentials, 'eu-west-1', ample());
  expectNoSecret(result, credentials);
  if (result.kind !== 'refreshed') throw new Error(result.failure.name);
  expect(emulator.signIns.userOf(result.accessToken.reveal())).toBe('jdoe');
  expect(emulator.signIns.logout(result.accessToken.reveal())).toBe(true);
  expect(await tokenService().refresh(credentials, 'eu-west-1', ample())).toMatchObject({ kind: 'refused' });
});

test('the region decides which client is used', async () => {
  const regions: string[] = [];
  const service = ssoTokenService((region) => {
    regions.push(region);
    return new SSOOIDCClient({ endpoint: emulator.url, region });
  });
  for (const region of ['us-east-1', 'eu-west-1']) {
    await service.refresh(signIn().credentials, region, ample());
  }
  expect(regions).toEqual(['us-east-1', 'eu-west-1']);
});

test.each<[string, (credentials: RefreshCredentials) => RefreshCredentials, object]>([
  [
    'an unknown refresh token',
    (own) => ({ ...own, refreshToken: new Secret('canary') }),
    { name: 'InvalidGrantException', status: 400 },
  ],
  [
    'a wrong client secret',
    (own) => ({ ...own, clientSecret: new Secret('canary') }),
    { name: 'InvalidClientException', status: 401 },
  ],
])('%s is refused', async (_name, spoil, failure) => {
  const credentials = spoil(signIn().credentials);
  const result = await tokenService().refresh(credentials, 'eu-west-1', ample());
  expect(result).toEqual({ kind: 'refused', failure });
  expectNoSecret(result, credentials);
});

const refused = (failure: object) => ({ kind: 'refused', failure });
const failed = (failure: object) => ({ kind: 'failed', failure });

test.each<[Fault, object]>([
  ['reject', refused({ name: 'InvalidRequestException', status: 400 })],
  ['throttle', failed({ name: 'TooManyRequestsException', status: 429 })],
  ['fail', failed({ name: 'InternalServerException', status: 500 })],
  ['garbage', failed({ name: 'SyntaxError', status: 200 })],
  ['hang', failed({ name: 'TimeoutError' })],
  // The SDK names a reset connection a timeout, so that it retries.
  ['cut', failed({ name: 'TimeoutError' })],
  ['lost', failed({ name: 'TimeoutError' })],
])('on the fault %s, the result is %j', async (fault, expected) => {
  const { credentials } = signIn();
  emulator.faults.set({ operation: 'token', fault });
  const signal = fault === 'hang' ? AbortSignal.timeout(100) : ample();
  const result = await tokenService().refresh(credentials, 'eu-west-1', signal);
  expect(result).toEqual(expected);
  expectNoSecret(result, credentials);
});

test("the SDK's own retry gets an answer that was lost", async () => {
  emulator.faults.set({ operation: 'token', fault: 'lost', times: 1 });
  const result = await tokenService(emulator.url, 2).refresh(signIn().credentials, 'eu-west-1', ample());
  expect(result).toMatchObject({ kind: 'refreshed' });
});

test('if nobody listens at the endpoint, the refresh fails', async () => {
  const result = await tokenService('http://127.0.0.1:9').refresh(signIn().credentials, 'eu-west-1', ample());
  expect(result).toEqual(failed({ name: 'ECONNREFUSED' }));
});

test.each<[string, number, string, object, 'refused' | 'failed']>([
  ['its session is over', 400, 'InvalidGrantException', {}, 'refused'],
  ['its session is over', 400, 'ExpiredTokenException', {}, 'refused'],
  ['its client may not', 400, 'UnauthorizedClientException', {}, 'refused'],
  ['its client is unknown', 401, 'InvalidClientException', {}, 'refused'],
  ['access denied', 400, 'AccessDeniedException', {}, 'refused'],
  ['a bad request', 400, 'InvalidRequestException', {}, 'refused'],
  ['a key out of reach', 400, 'AccessDeniedException', { reason: 'KMS_AccessDeniedException' }, 'failed'],
  ['a key switched off', 400, 'InvalidRequestException', { reason: 'KMS_DisabledException' }, 'failed'],
  ['pending', 400, 'AuthorizationPendingException', {}, 'failed'],
  ['too fast', 400, 'SlowDownException', {}, 'failed'],
  ["a proxy's answer", 403, '', {}, 'failed'],
  ['an error of its own', 503, 'ServiceUnavailableException', {}, 'failed'],
  ['an answer without a token', 200, '', { tokenType: 'Bearer', refreshToken: 'canary' }, 'failed'],
])('%s, %i %s %j: %s', async (_name, status, type, body, kind) => {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
    response.end(JSON.stringify({ error: 'canary', error_description: 'canary', ...body }));
  });
  const endpoint = localUrl(await listen(server, 0));
  const { credentials } = signIn();
  const result = await tokenService(endpoint).refresh(credentials, 'eu-west-1', ample());
  await closeServer(server);
  expect(result).toMatchObject({ kind, failure: { status } });
  expectNoSecret(result, credentials);
});
