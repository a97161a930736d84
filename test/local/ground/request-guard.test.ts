import { readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { startDynamoDb } from '../../../local/emulators/dynamodb/dynamodb.ts';
import { startEmulators } from '../../../local/emulators/server.ts';
import { startHttpApi } from '../../../local/http/http-api.ts';

interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

let servers: Record<'API' | 'emulators' | 'DynamoDB', RunningServer>;
let invocations: number;

beforeAll(async () => {
  const routes = [{ key: '$default', functionId: 'fn', iamAuthorized: true }];
  const invoke = async () => {
    invocations += 1;
    return { statusCode: 200 };
  };
  servers = {
    API: await startHttpApi({ port: 0, apiId: 'api', routes, invoke, output: () => {} }),
    emulators: await startEmulators(),
    DynamoDB: await startDynamoDb(),
  };
});
beforeEach(() => {
  invocations = 0;
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server.close();
});

/** Sends headers as a browser does, which `fetch` forbids. */
function send(name: keyof typeof servers, headers: Record<string, string>, path = '/revocations/everyone') {
  const { port } = new URL(servers[name].url);
  const filled = Object.entries(headers).map(([header, value]) => [header, value.replace('PORT', port)]);
  const options = { method: 'POST', host: '127.0.0.1', port, path, headers: Object.fromEntries(filled) };
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const sent = httpRequest(options, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() });
    });
    sent.on('error', reject).end('{"reason":"somebody else\'s"}');
  });
}

const HOSTS_TAKEN = [
  'localhost:PORT',
  'LocalHost',
  '127.0.0.1:PORT',
  '127.0.0.1',
  '[::1]:PORT',
  'localhost:1',
];
const HOSTS_REFUSED = [
  'evil.example',
  'evil.example:PORT',
  'localhost.evil.example:PORT',
  'evil.example/localhost',
  '127.0.0.1.evil.example',
  '127.0.0.2:PORT',
  'localhost@evil.example',
  '[::2]:PORT',
  '0.0.0.0:PORT',
];

describe.each(['API', 'emulators', 'DynamoDB'] as const)('the server of %s', (name) => {
  it.each(HOSTS_REFUSED)('refuses the Host %s and says why', async (host) => {
    const { status, text } = await send(name, { host });
    expect([status, invocations]).toEqual([421, 0]);
    expect(JSON.parse(text).message).toMatch(/^The local run answers for the hosts localhost, 127\.0\.0\.1/);
  });

  it.each(HOSTS_TAKEN)('accepts the Host %s', async (host) => {
    expect((await send(name, { host })).status).not.toBe(421);
  });

  it.each(['https://evil.example', 'http://localhost:1', 'https://localhost:PORT', 'null', ''])(
    'refuses a request from a page of "%s" and says why',
    async (origin) => {
      const headers = { host: 'localhost:PORT', origin, 'content-type': 'application/json' };
      const { status, text } = await send(name, headers);
      expect([status, invocations]).toEqual([403, 0]);
      expect(JSON.parse(text).message).toMatch(/takes no request from a page of/);
    },
  );

  it.each([
    'text/plain',
    'TEXT/Plain; charset=utf-8',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ])('refuses a form of type %s, also from a page of its own', async (type) => {
    const headers = { host: 'localhost:PORT', origin: 'http://localhost:PORT', 'content-type': type };
    const { status, text } = await send(name, headers);
    expect([status, invocations]).toEqual([403, 0]);
    expect(JSON.parse(text).message).toMatch(/takes no form from a page/);
  });
});

it('a page cannot sign anybody in, because the emulators accept no form from it', async () => {
  const headers = { host: 'localhost:PORT', origin: 'http://evil.example', 'content-type': 'text/plain' };
  expect(await send('emulators', headers, '/_emulator/sign-ins')).toMatchObject({ status: 403 });
});

it.each([
  ['a form without Origin, as curl sends it', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['JSON from its own page', { origin: 'http://localhost:PORT', 'content-type': 'application/json' }],
])('the API accepts %s', async (_, headers) => {
  const { status } = await send('API', { host: 'localhost:PORT', ...headers });
  expect([status, invocations]).toEqual([200, 1]);
});

it('no server of the local run is created without this check', () => {
  const local = join(import.meta.dirname, '..', '..', '..', 'local');
  const files = readdirSync(local, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const creating = files.filter((file) => /\bcreateServer\b/.test(readFileSync(join(local, file), 'utf8')));
  expect(creating).toEqual(['ground/http-server.ts']);
});
