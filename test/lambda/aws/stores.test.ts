import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { dynamoRevocationRecords } from '../../../lambda/aws/revocation-records.ts';
import { dynamoTokenCache } from '../../../lambda/aws/token-cache.ts';
import type { CachedSession, RevocationRecords, TokenCache } from '../../../lambda/domain/ports.ts';
import type { Outcome, RevocationHeader, SessionOutcome } from '../../../lambda/domain/revocation.ts';
import { javaVersion, startDynamoDbLocal } from '../../support/dynamodb-local.ts';
import { fakeRecords, fakeTokenCache } from '../../support/fakes.ts';
import { startTables, type Tables } from '../../support/tables.ts';

interface Stores {
  tokenCache: TokenCache;
  records: RevocationRecords;
  cache(session: CachedSession): Promise<void>;
  close(): Promise<void>;
}

async function inMemory(): Promise<Stores> {
  const tokenCache = fakeTokenCache();
  return {
    tokenCache,
    records: fakeRecords(),
    cache: async (session) => void tokenCache.sessions.push(session),
    close: async () => {},
  };
}

function onTables(tables: Tables): Stores {
  return {
    tokenCache: dynamoTokenCache(tables.client, tables.tokenCache),
    records: dynamoRevocationRecords(tables.client, tables.revocations, 400),
    async cache(session) {
      await tables.client.send(new PutItemCommand({ TableName: tables.tokenCache, Item: marshall(session) }));
    },
    close: () => tables.close(),
  };
}

async function onDynamoDbLocal(): Promise<Stores> {
  const server = await startDynamoDbLocal();
  const stores = onTables(await startTables(server.url));
  return {
    ...stores,
    async close() {
      await stores.close();
      await server.close();
    },
  };
}

const engines: { engine: string; open: () => Promise<Stores> }[] = [
  { engine: 'the fake', open: inMemory },
  { engine: 'dynalite', open: async () => onTables(await startTables()) },
];
if (javaVersion() !== undefined) engines.push({ engine: "AWS's DynamoDB Local", open: onDynamoDbLocal });
else process.stderr.write("Not run against AWS's DynamoDB Local: no Java 17 or later found.\n");

const { signal } = new AbortController();
const header: RevocationHeader = {
  revocationId: 'r1',
  subject: { sessionId: 's1', userId: 'u1' },
  source: 'http',
  requestedBy: 'arn:aws:sts::000000000000:assumed-role/offboarding/x',
  reason: 'left',
  requestedAt: new Date('2026-01-01T00:00:00.123Z'),
  maxRoleSessionSeconds: 43_200,
};
const outcome = (sessionId: string, kind: Outcome, attempts = 1): SessionOutcome => ({
  sessionId,
  outcome: kind,
  at: new Date('2026-01-01T00:00:01.456Z'),
  attempts,
  ...(kind === 'FAILED' && { error: 'TimeoutError' }),
});

describe.each(engines)('the stores, on $engine', ({ open }) => {
  let stores: Stores;

  beforeAll(async () => {
    stores = await open();
  }, 60_000);
  afterAll(() => stores.close());

  test('what is recorded is read back', async () => {
    expect(await stores.records.putHeader(header, signal)).toEqual(header);
    const outcomes = [outcome('s1', 'LOGGED_OUT'), outcome('s2', 'FAILED', 3)];
    for (const each of outcomes) expect(await stores.records.putOutcome('r1', each, signal)).toEqual(each);
    expect(await stores.records.read('r1', signal)).toEqual({ header, outcomes });
  });

  test('nothing is recorded under an unknown id', async () => {
    expect(await stores.records.read('unknown', signal)).toEqual({ header: undefined, outcomes: [] });
  });

  test('the first header stands', async () => {
    const first = { ...header, revocationId: 'r2' };
    await stores.records.putHeader(first, signal);
    const { reason: _, ...other } = { ...first, requestedBy: 'somebody else', requestedAt: new Date(0) };
    expect(await stores.records.putHeader(other, signal)).toEqual(first);
    expect((await stores.records.read('r2', signal)).header).toEqual(first);
  });

  test.each([
    ['PENDING', 'FAILED', 'FAILED'],
    ['PENDING', 'LOGGED_OUT', 'LOGGED_OUT'],
    ['FAILED', 'PENDING', 'FAILED'],
    ['FAILED', 'ALREADY_INVALID', 'ALREADY_INVALID'],
    ['ALREADY_INVALID', 'LOGGED_OUT', 'LOGGED_OUT'],
    ['LOGGED_OUT', 'ALREADY_INVALID', 'LOGGED_OUT'],
    ['LOGGED_OUT', 'PENDING', 'LOGGED_OUT'],
  ] as const)('%s, then %s: %s stands', async (first, second, stands) => {
    const id = `${first}-${second}`;
    await stores.records.putOutcome(id, outcome('s', first), signal);
    const answered = await stores.records.putOutcome(id, outcome('s', second), signal);
    expect(answered.outcome).toBe(stands);
    expect((await stores.records.read(id, signal)).outcomes).toEqual([outcome('s', stands)]);
  });

  test('the same outcome again keeps the first', async () => {
    await stores.records.putOutcome('r3', outcome('s', 'LOGGED_OUT', 1), signal);
    expect(await stores.records.putOutcome('r3', outcome('s', 'LOGGED_OUT', 2), signal)).toMatchObject({
      attempts: 1,
    });
  });

  test('of writes at once, one stands and all answer it', async () => {
    const tries = [1, 2, 3, 4].map((n) => ({ ...header, revocationId: 'r4', reason: String(n) }));
    const [stands, ...others] = await Promise.all(
      tries.map((each) => stores.records.putHeader(each, signal)),
    );
    for (const other of others) expect(other).toEqual(stands);
  });

  test('outcomes come in the order of their session ids', async () => {
    const ids = ['b', 'Z', '_', '-', '0', 'a'];
    for (const id of ids) await stores.records.putOutcome('r5', outcome(id, 'LOGGED_OUT'), signal);
    const { outcomes } = await stores.records.read('r5', signal);
    expect(outcomes.map(({ sessionId }) => sessionId)).toEqual(['-', '0', 'Z', '_', 'a', 'b']);
  });

  test('a cached session is found by its id and forgotten, once or twice', async () => {
    await stores.cache({ userId: 'u1', sessionId: 's1' });
    await stores.cache({ userId: 'u1', sessionId: 's2' });
    const found = await stores.tokenCache.find('s1', signal);
    expect(found).toEqual({ userId: 'u1', sessionId: 's1' });
    if (!found) return;
    await stores.tokenCache.forget(found, signal);
    await stores.tokenCache.forget(found, signal);
    expect(await stores.tokenCache.find('s1', signal)).toBeUndefined();
    expect(await stores.tokenCache.find('s2', signal)).toEqual({ userId: 'u1', sessionId: 's2' });
  });
});

describe('in DynamoDB only', () => {
  let tables: Tables;

  beforeAll(async () => {
    tables = await startTables();
  });
  afterAll(() => tables.close());

  test('rows expire after the retention, and outcomes stay out of the index by user', async () => {
    const records = dynamoRevocationRecords(tables.client, tables.revocations, 400);
    await records.putHeader(header, signal);
    await records.putOutcome('r1', outcome('s1', 'LOGGED_OUT'), signal);
    const rows = await tables.dump();
    const days = rows.map(({ expiresAt }) =>
      Math.round((Number(expiresAt) - Date.UTC(2026, 0, 1) / 1000) / 86_400),
    );
    expect(days).toEqual([400, 400]);
    expect(rows.filter((row) => 'userId' in row)).toHaveLength(1);
  });

  test('a store that fails says so without a word of the request', async () => {
    const elsewhere = dynamoRevocationRecords(tables.client, 'no-such-table', 400);
    await expect(elsewhere.read('r1', signal)).rejects.toMatchObject({
      code: 'store-unavailable',
      cause: { name: 'ResourceNotFoundException', status: 400 },
    });
    await expect(elsewhere.putHeader(header, AbortSignal.abort())).rejects.toMatchObject({
      code: 'store-unavailable',
      cause: { name: 'AbortError' },
    });
  });
});
