import { request as httpRequest } from 'node:http';
import { attack } from './attack.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, 30_000);
afterAll(() => stage.close());

interface Sent {
  method?: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** Sends headers as a browser does, which `fetch` forbids. `PORT` stands for the server's port. */
function send(url: string, { method = 'POST', path, headers, body = '' }: Sent) {
  const { port } = new URL(url);
  const filled = Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', port)]);
  const options = { method, host: '127.0.0.1', port, path, headers: Object.fromEntries(filled) };
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = httpRequest(options, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
    });
    sent.on('error', reject).end(body);
  });
}

const ORIGINS = ['https://evil.example', 'http://localhost:1', 'null'];
const FORMS = ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'];
const HOSTS = ['evil.example', 'evil.example:PORT', 'localhost.evil.example:PORT', '127.0.0.1.evil.example'];

attack('the local run refuses a form that a page in a browser posts', async (tried) => {
  const bystander = await stage.signIn('bystander');
  await stage.registerOwn(bystander, bystander.file);
  const { url, emulator } = stage.running.stack;
  const forms: [string, string, string][] = [
    [url, '/revocations/everyone', '{"reason":"a page"}'],
    [url, '/revocations', JSON.stringify({ userId: bystander.userId, reason: 'a page' })],
    [emulator.url, '/_emulator/sign-ins', '{}'],
  ];
  for (const origin of ORIGINS)
    for (const type of FORMS)
      for (const [server, path, body] of forms) {
        const headers = { host: 'localhost:PORT', origin, 'content-type': type };
        const { status } = await send(server, { path, headers, body });
        tried(`${path}, ${type}, from ${origin}: answered ${status}`, status < 400);
      }
  await stage.settle();
  tried('the red button has gone off', !stage.isAlive(bystander.file));
});

attack('the local run refuses a site whose name resolves to this machine', async (tried) => {
  const { userId, file } = await stage.signIn('reader');
  await stage.registerOwn(await stage.signIn('reader'), file);
  const { url, emulator, endpoints } = stage.running.stack;
  const dynamoDb = endpoints.AWS_ENDPOINT_URL_DYNAMODB ?? '';
  const scan = {
    'x-amz-target': 'DynamoDB_20120810.Scan',
    'content-type': 'application/x-amz-json-1.0',
    authorization:
      'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    'x-amz-date': '20260101T000000Z',
  };
  const rows = JSON.stringify({ TableName: stage.running.table('TokenCache') });
  const json = { 'content-type': 'application/json' };
  const requests: [string, Sent][] = [
    [url, { path: '/revocations/everyone', headers: json, body: '{"reason":"a site"}' }],
    [url, { method: 'GET', path: `/sessions?userId=${userId}`, headers: {} }],
    [url, { path: '/', headers: scan, body: rows }],
    [dynamoDb, { path: '/', headers: scan, body: rows }],
    [emulator.url, { path: '/_emulator/sign-ins', headers: json, body: '{"userName":"reader"}' }],
    [emulator.url, { method: 'GET', path: '/_emulator/users', headers: {} }],
    [
      emulator.url,
      {
        method: 'PUT',
        path: '/_emulator/faults',
        headers: json,
        body: '{"operation":"logout","fault":"none"}',
      },
    ],
  ];
  for (const host of HOSTS)
    for (const [server, sent] of requests) {
      const { status, text } = await send(server, { ...sent, headers: { ...sent.headers, host } });
      const what = `${sent.method ?? 'POST'} ${sent.path} as ${host}`;
      tried(`${what}: answered ${status}`, status < 400);
      tried(`${what}: a token is served`, text.includes('accessToken') || text.includes('ciphertext'));
    }
  await stage.settle();
  tried('the red button has gone off', !stage.isAlive(file));
});
