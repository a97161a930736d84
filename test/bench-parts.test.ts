import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { dollarsOf, total } from '../bench/cost/dollars.ts';
import { type MeteredDynamoDb, startMeteredDynamoDb } from '../bench/cost/metered-dynamo-db.ts';
import { metricsIn } from '../bench/cost/usage.ts';
import { httpEvents } from '../bench/http-events.ts';
import { findAwsCli } from '../bench/mass/aws-cli.ts';
import { startMeasured } from '../bench/measured/measured.ts';
import { routes } from '../lambda/routes.ts';
import { dynamoAt } from './support/running-stack.ts';

let meter: MeteredDynamoDb;
let dynamo: DynamoDBClient;
const TableName = 'things';
const item = (id: string, bytes = 1) => ({ id: { S: id }, text: { S: 'x'.repeat(bytes) } });

beforeAll(async () => {
  meter = await startMeteredDynamoDb();
  dynamo = dynamoAt(meter.url);
  await dynamo.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
});
afterAll(async () => {
  dynamo.destroy();
  await meter.close();
});

test.each([
  ['a row below 1 KB', new PutItemCommand({ TableName, Item: item('a') }), 1, 0],
  ['a row of 3 KB', new PutItemCommand({ TableName, Item: item('b', 2_100) }), 3, 0],
  [
    'a batch of two rows',
    new BatchWriteItemCommand({
      RequestItems: { [TableName]: ['c', 'd'].map((id) => ({ PutRequest: { Item: item(id) } })) },
    }),
    2,
    0,
  ],
  ['an eventually consistent read', new GetItemCommand({ TableName, Key: { id: { S: 'a' } } }), 0, 0.5],
])(
  'the meter counts the consumed units of %s, although the caller does not ask for them',
  async (_, command, writes, reads) => {
    const before = meter.units();
    await dynamo.send(command as PutItemCommand);
    const after = meter.units();
    expect({ writes: after.writes - before.writes, reads: after.reads - before.reads }).toEqual({
      writes,
      reads,
    });
  },
);

describe('a table with an index of all attributes and one of its keys only', () => {
  const Indexed = 'indexed';
  const key = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' as const });
  beforeAll(async () => {
    await dynamo.send(
      new CreateTableCommand({
        TableName: Indexed,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [key('id')],
        AttributeDefinitions: ['id', 'user', 'day'].map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S',
        })),
        GlobalSecondaryIndexes: [
          { IndexName: 'byUser', KeySchema: [key('user')], Projection: { ProjectionType: 'ALL' } },
          { IndexName: 'byDay', KeySchema: [key('day')], Projection: { ProjectionType: 'KEYS_ONLY' } },
        ],
      }),
    );
  });

  const row = (more: Record<string, string>) =>
    Object.fromEntries(Object.entries({ id: 'a', ...more }).map(([name, value]) => [name, { S: value }]));
  const put = (more: Record<string, string>) => new PutItemCommand({ TableName: Indexed, Item: row(more) });
  const both = { user: 'alice', day: '1' };
  test.each([
    ['a row without the keys of an index', put({}), 1],
    ['a row that gets them: an entry in each', put(both), 3],
    ['the same row again: nothing in the indexes', put(both), 1],
    ['another attribute: only the index of all attributes', put({ ...both, text: 'x' }), 2],
    ['another key: the old entry goes, a new one comes', put({ ...both, text: 'x', user: 'bob' }), 3],
    [
      'a row of a batch that loses one key: its entry goes',
      new BatchWriteItemCommand({
        RequestItems: { [Indexed]: [{ PutRequest: { Item: row({ day: '1' }) } }] },
      }),
      2,
    ],
    ['its end', new DeleteItemCommand({ TableName: Indexed, Key: row({}) }), 2],
  ])('writes are metered in the indexes too: %s', async (_, command, writes) => {
    const before = meter.units();
    await dynamo.send(command as PutItemCommand);
    expect(meter.units().writes - before.writes).toBe(writes);
  });
});

test('dollars are units times prices', () => {
  const usage = {
    writeUnits: 1_000_000,
    readUnits: 1_000_000,
    kmsRequests: 10_000,
    sqsRequests: 1_000_000,
    ownEvents: 1_000_000,
    apiRequests: 1_000_000,
    logBytes: 1024 ** 3,
    invocations: { work: 600_000, revoke: 400_000 },
  };
  const dollars = dollarsOf(usage, 0);
  expect(dollars).toEqual({
    lambda: 0.2,
    dynamoDb: 0.75,
    kms: expect.closeTo(0.03),
    sqs: 0.4,
    apiAndEvents: 2,
    logs: 0.5,
  });
  expect(total(dollars)).toBeCloseTo(3.88);
  expect(dollarsOf(usage, 1_000_000).lambda).toBeCloseTo(0.2 + 13.3334);
});

test('a metric is listed once per function and name', () => {
  const line = (service: string, name: string) =>
    JSON.stringify({ service, _aws: { CloudWatchMetrics: [{ Metrics: [{ Name: name }] }] } });
  const lines = [line('sweep', 'a'), line('sweep', 'a'), line('work', 'a'), '{"service":"work"}', 'text'];
  expect([...metricsIn(lines)]).toEqual(['sweep a', 'work a']);
});

test('httpEvents builds the events that the HTTP API sends to a function', async () => {
  const path = '/users/u1/sessions';
  const [event] = await httpEvents(routes.registerSession, [{ accessToken: 'x' }], path);
  expect(event).toMatchObject({
    routeKey: routes.registerSession,
    rawPath: path,
    pathParameters: { userId: 'u1' },
    body: '{"accessToken":"x"}',
  });
});

describe('benchmarks that need a folder', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('findAwsCli finds nothing without the AWS CLI, and ignores version 1', async () => {
    const find = () => findAwsCli({ PATH: directory }, 'http://localhost:1', directory, []);
    const answer = (version: string) =>
      writeFileSync(join(directory, 'aws'), `#!/bin/sh\necho ${version} Python/3\n`, { mode: 0o700 });
    expect(await find()).toBeUndefined();
    answer('aws-cli/1.45.11');
    expect(await find()).toBeUndefined();
    answer('aws-cli/2.9.19');
    expect(await find()).toMatchObject({ version: 'aws-cli/2.9.19' });
  });

  test('a measured function runs in its own process, with its own environment only', async () => {
    const code =
      'exports.handler = async (event, context) => ({ event, id: context.awsRequestId, pid: process.pid, path: process.env.PATH, own: process.env.OWN });';
    writeFileSync(join(directory, 'index.js'), code);
    const measured = await startMeasured({
      directory,
      handler: 'index.handler',
      context: {},
      environment: { OWN: 'yes' },
    });
    const { results, millis, calls } = await measured.invoke([1, 2]);
    measured.end();
    expect(results).toMatchObject([
      { event: 1, id: 'request-0', own: 'yes' },
      { event: 2, id: 'request-1', own: 'yes' },
    ]);
    expect(results).not.toMatchObject([{ pid: process.pid }]);
    expect(Object(results[0]).path).toBeUndefined();
    expect({ timed: millis.length, calls }).toEqual({ timed: 2, calls: 0 });
  });
});
