import { createServer } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { getAll } from '../../../lambda/aws/dynamo.ts';
import { closeServer, listen, localUrl, readBody } from '../../../local/ground/http-server.ts';

const { signal } = new AbortController();

/** How many keys of each request get an answer. The last number repeats. */
let answered: number[] = [];
let asked: number[] = [];

const server = createServer(async (request, response) => {
  const { RequestItems } = JSON.parse(String(await readBody(request, 1e6)));
  const keys: object[] = RequestItems.T.Keys;
  asked.push(keys.length);
  const count = (answered.length > 1 ? answered.shift() : answered[0]) ?? keys.length;
  const left = keys.slice(count);
  const body = {
    Responses: { T: keys.slice(0, count) },
    UnprocessedKeys: left.length > 0 ? { T: { Keys: left } } : {},
  };
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
});
let client: DynamoDBClient;

beforeAll(async () => {
  const endpoint = localUrl(await listen(server, 0));
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await closeServer(server);
});
beforeEach(() => {
  asked = [];
});

const keys = Array.from({ length: 250 }, (_, n) => ({ id: `key-${n}` }));

test('each call asks for 100 keys, and keys that DynamoDB leaves out are asked for again', async () => {
  answered = [100, 60, 40, 50];
  expect(await getAll(client, 'T', keys, signal)).toEqual(keys);
  expect(asked).toEqual([100, 100, 40, 50]);
});

test('if DynamoDB keeps leaving keys out, the store is unavailable, and no row counts as missing', async () => {
  answered = [0];
  await expect(getAll(client, 'T', keys.slice(0, 1), signal)).rejects.toMatchObject({
    code: 'store-unavailable',
    cause: { name: 'UnprocessedKeys' },
  });
  expect(asked).toEqual([1, 1, 1, 1, 1]);
});
