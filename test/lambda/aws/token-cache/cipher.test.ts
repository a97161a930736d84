import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { KMSClient } from '@aws-sdk/client-kms';
import { clientConfig } from '../../../../lambda/aws/clients.ts';
import { kmsOpener, kmsSealer } from '../../../../lambda/aws/token-cache/cipher.ts';
import type { DomainErrorCode } from '../../../../lambda/domain/errors.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import type { CachedSession, SessionTokens } from '../../../../lambda/domain/session.ts';
import { closeServer, listen, localUrl, readBody } from '../../../../local/ground/http-server.ts';

const KEY_ID = 'alias/tokens';
const row: CachedSession = { userId: '7a31c0de-4f02-7093-b1aa-0c5d2e9f8b16', sessionId: 'session-1' };
const otherRows = [
  { ...row, userId: '00000000-4f02-7093-b1aa-0c5d2e9f8b16' },
  { ...row, sessionId: '2' },
];
const refresh = {
  refreshToken: new Secret('canary-refresh'),
  clientId: 'clïent',
  clientSecret: new Secret('canary-client'),
};
const tokens: SessionTokens = { accessToken: new Secret('canary-access'), refresh };

const faults: Record<string, (response: ServerResponse) => void> = {
  throttle: (response) => refuse(response, 400, 'ThrottlingException'),
  denied: (response) => refuse(response, 400, 'AccessDeniedException'),
  fail: (response) => refuse(response, 500, 'KMSInternalException'),
  hang: () => {},
  cut: (response) => response.destroy(),
  garbage: (response) => response.writeHead(200).end('<html>canary'),
  empty: (response) => response.writeHead(200).end('{}'),
};

/** KMS with one key, as far as data keys go: what it encrypts it decrypts in the same encryption context only. */
const master = randomBytes(32);
const asked: { operation: string; context: unknown }[] = [];
let fault: string | undefined;

const server = createServer(async (request, response) => {
  const operation = String(request.headers['x-amz-target']).replace('TrentService.', '');
  const body = JSON.parse(String(await readBody(request, 1e6)));
  asked.push({ operation, context: body.EncryptionContext });
  if (fault) return faults[fault]?.(response);
  const context = Buffer.from(JSON.stringify(Object.entries(body.EncryptionContext).sort()));
  if (operation === 'GenerateDataKey' && body.KeyId === KEY_ID && body.KeySpec === 'AES_256') {
    const key = randomBytes(32);
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', master, iv).setAAD(context);
    const blob = Buffer.concat([iv, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
    const CiphertextBlob = blob.toString('base64');
    return response.end(JSON.stringify({ Plaintext: key.toString('base64'), CiphertextBlob }));
  }
  if (!body.CiphertextBlob) return refuse(response, 400, 'ValidationException');
  try {
    const blob = Buffer.from(body.CiphertextBlob, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', master, blob.subarray(0, 12)).setAAD(context);
    decipher.setAuthTag(blob.subarray(-16));
    const key = Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()]);
    return response.end(JSON.stringify({ Plaintext: key.toString('base64') }));
  } catch {
    return refuse(response, 400, 'InvalidCiphertextException');
  }
});

function refuse(response: ServerResponse, status: number, type: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify({ __type: type, message: 'canary' }));
}

/** One call, without the SDK's retries. */
let client: KMSClient;
/** Every plaintext data key that the client handed out, and a copy of what it was. */
const dataKeys: { live: Uint8Array; copy: Uint8Array }[] = [];

beforeAll(async () => {
  const endpoint = localUrl(await listen(server, 0));
  client = new KMSClient({ ...clientConfig, endpoint, region: 'eu-west-1', maxAttempts: 1 });
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const key = 'Plaintext' in result.output ? result.output.Plaintext : undefined;
      if (key) dataKeys.push({ live: key, copy: Uint8Array.from(key) });
      return result;
    },
    { step: 'initialize' },
  );
});
afterAll(() => closeServer(server));
beforeEach(() => {
  fault = undefined;
  asked.length = 0;
});
afterEach(() => expect(dataKeys.every(({ live }) => live.every((byte) => byte === 0))).toBe(true));

const ample = () => new AbortController().signal;
const seal = (some = tokens, signal = ample()) => kmsSealer(client, KEY_ID).seal(some, row, signal);
const open = (sealed: Awaited<ReturnType<typeof seal>>, from = row, signal = ample()) =>
  kmsOpener(client).open(sealed, from, signal);

const revealed = ({ accessToken, refresh }: SessionTokens) => [
  accessToken.reveal(),
  refresh?.refreshToken.reveal(),
  refresh?.clientId,
  refresh?.clientSecret.reveal(),
];

async function expectFailure(call: Promise<unknown>, code: DomainErrorCode, cause?: object): Promise<void> {
  const error: unknown = await call.catch((thrown) => thrown);
  expect(error).toMatchObject({ name: 'DomainError', code, ...(cause && { cause }) });
  expect(inspect(error, { showHidden: true, depth: null })).not.toContain('canary');
}

const long = (letter: string) => new Secret(letter.repeat(8_192));

test.each<[string, SessionTokens]>([
  ['all there is', tokens],
  ['no refresh credentials', { accessToken: new Secret('canary') }],
  ['long ones', { accessToken: long('a'), refresh: { ...refresh, refreshToken: long('a') } }],
])('what was sealed opens in its row: %s', async (_name, some) => {
  const { ciphertext, dataKey } = await seal(some);
  expect(Buffer.concat([ciphertext, dataKey]).toString('latin1')).not.toMatch(/canary|aaaa/);
  const opened = await open({ ciphertext: Uint8Array.from(ciphertext), dataKey: Uint8Array.from(dataKey) });
  expect(revealed(opened)).toEqual(revealed(some));
  expect(inspect(opened, { showHidden: true, depth: null })).not.toMatch(/canary|aaaa/);
  const context = { userId: row.userId, sessionId: row.sessionId };
  expect(asked).toEqual([
    { operation: 'GenerateDataKey', context },
    { operation: 'Decrypt', context },
  ]);
});

test('no two ciphertexts share a data key', async () => {
  expect((await seal()).dataKey).not.toEqual((await seal()).dataKey);
});

test('more in the row than its key is no part of the context', async () => {
  const wider = { ...row, region: 'eu-west-1' };
  const sealed = await kmsSealer(client, KEY_ID).seal(tokens, wider, ample());
  expect(revealed(await open(sealed))).toEqual(revealed(tokens));
  expect(revealed(await open(sealed, wider))).toEqual(revealed(tokens));
});

test('moved to another row it does not open', async () => {
  const sealed = await seal();
  const cause = { name: 'InvalidCiphertextException', status: 400 };
  for (const other of otherRows) await expectFailure(open(sealed, other), 'ciphertext-invalid', cause);
  const { dataKey } = await seal();
  await expectFailure(open({ ...sealed, dataKey }), 'ciphertext-invalid');
});

test('not one byte can be changed, and none left out', async () => {
  const { ciphertext, dataKey } = await seal({ accessToken: new Secret('canary') });
  for (const at of ciphertext.keys()) {
    const changed = ciphertext.map((byte, index) => (index === at ? byte ^ 0x01 : byte));
    await expectFailure(open({ ciphertext: changed, dataKey }), 'ciphertext-invalid');
    await expectFailure(open({ ciphertext: ciphertext.subarray(0, at), dataKey }), 'ciphertext-invalid');
  }
  await expectFailure(open({ ciphertext, dataKey: dataKey.subarray(1) }), 'ciphertext-invalid');
  await expectFailure(open({ ciphertext, dataKey: new Uint8Array() }), 'ciphertext-invalid');
});

test('authentic, but no tokens', async () => {
  const { ciphertext, dataKey } = await seal();
  const key = dataKeys.at(-1)?.copy ?? new Uint8Array();
  const forge = (plaintext: string) => {
    const iv = ciphertext.subarray(1, 13);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(JSON.stringify(row)));
    const data = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return { ciphertext: Buffer.concat([Buffer.of(1), iv, cipher.getAuthTag(), data]), dataKey };
  };
  expect(revealed(await open(forge('{"accessToken":"canary"}')))).toContain('canary');
  for (const garbled of ['canary', '"canary"', '{"accessToken":["canary"]}', '{"refresh":"canary"}']) {
    await expectFailure(open(forge(garbled)), 'ciphertext-invalid');
  }
});

test.each([
  ['throttle', { name: 'ThrottlingException', status: 400 }],
  ['denied', { name: 'AccessDeniedException', status: 400 }],
  ['fail', { name: 'KMSInternalException', status: 500 }],
  ['cut', { name: 'TimeoutError' }],
  ['hang', { name: 'TimeoutError' }],
  ['garbage', { name: 'SyntaxError', status: 200 }],
  ['empty', { name: 'NoDataKey', status: 200 }],
])('%s: the key service is unavailable', async (kind, cause) => {
  const sealed = await seal();
  fault = kind;
  const soon = () => (kind === 'hang' ? AbortSignal.timeout(100) : ample());
  await expectFailure(seal(tokens, soon()), 'cipher-unavailable', cause);
  await expectFailure(open(sealed, row, soon()), 'cipher-unavailable', cause);
});

test('a signal that has fired already lets nothing be asked', async () => {
  await expectFailure(seal(tokens, AbortSignal.abort()), 'cipher-unavailable', { name: 'AbortError' });
  expect(asked).toEqual([]);
});
