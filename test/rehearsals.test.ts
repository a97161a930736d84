import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecutionEnvironment, startEnvironment } from '../local/functions/execution-environment.ts';
import { functionSettings } from '../local/functions/function-settings.ts';
import { closeServer, listen, localUrl } from '../local/ground/http-server.ts';
import { loadAssembly } from '../local/template/assembly.ts';
import { createResolver } from '../local/template/intrinsics.ts';
import { assembly as synthesized } from './support/synth.ts';

const workDirectory = mkdtempSync(join(tmpdir(), 'rehearsals-'));
const asked: string[] = [];
const aws = createServer(({ method, url }, response) => {
  asked.push(`${method} ${url}`);
  response.writeHead(500).end();
});
const written: string[] = [];
let started: Map<string, ExecutionEnvironment>;

beforeAll(async () => {
  const AWS_ENDPOINT_URL = localUrl(await listen(aws, 0));
  const assembly = loadAssembly(synthesized);
  const resolver = createResolver(assembly, 'us-east-1');
  const settings = functionSettings({
    assembly,
    resolver,
    env: {},
    endpoints: { AWS_ENDPOINT_URL },
    workDirectory,
  });
  started = new Map(
    [...settings.values()].map((fn) => [
      fn.environment.POWERTOOLS_SERVICE_NAME ?? '',
      startEnvironment(fn, (line) => written.push(line)),
    ]),
  );
  await Promise.all([...started.values()].map(({ ready }) => ready));
});
afterAll(async () => {
  await Promise.all([...started.values()].map(({ end }) => end()));
  await closeServer(aws);
  rmSync(workDirectory, { recursive: true });
});

test('a function that loads and rehearses sends no request and writes no log line', () => {
  expect(started.size).toBeGreaterThan(10);
  expect(asked).toEqual([]);
  expect(written).toEqual([]);
});

test('the first real call logs a cold start and reaches AWS', async () => {
  const event = {
    routeKey: 'GET /sessions',
    rawPath: '/sessions',
    headers: {},
    queryStringParameters: { userId: '0a1b2c3d-1111-4222-8333-444455556666' },
    requestContext: { http: { method: 'GET', path: '/sessions' } },
  };
  expect(await started.get('list-sessions')?.invoke(event, '')).toMatchObject({ statusCode: 503 });
  expect(asked.length).toBeGreaterThan(0);
  expect(written.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ message: 'answered', cold_start: true }),
  );
});
