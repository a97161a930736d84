import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { marshall } from '@aws-sdk/util-dynamodb';
import { identityStoreDirectory } from '../../lambda/aws/identity-center/directory.ts';
import { dynamoTokenCache } from '../../lambda/aws/token-cache/token-cache.ts';
import { type Swept, sweep } from '../../lambda/domain/detect/sweep.ts';
import { atMost } from '../../lambda/domain/pace.ts';
import { IDENTITY_STORE_ID } from '../../local/emulators/identity-store/users.ts';
import { type Emulators, startEmulators } from '../../local/emulators/server.ts';
import { fakeReports } from './fakes.ts';
import { startTables, type Tables } from './tables.ts';

export interface SweepMeasured {
  swept: Swept;
  reported: number;
  /** Requests to the identity store. */
  requests: number;
  /** As DynamoDB counts them. */
  readUnits: number;
  /** Without any pace. */
  seconds: number;
}

/** The other attributes of a session's row, as large as the tokens of an AWS CLI sign-in. */
const CIPHERTEXT = new Uint8Array(2_500);
const DATA_KEY = new Uint8Array(184);

/**
 * Runs one sweep with the real adapters, over an identity store in which each user holds one session. So many of them
 * are disabled, and as many deleted.
 */
export async function measureSweep(users: number, gone: number): Promise<SweepMeasured> {
  const tables = await startTables();
  const emulator = await startEmulators();
  try {
    await fill(tables, emulator, users, gone);
    return await measured(tables, emulator);
  } finally {
    await emulator.close();
    await tables.close();
  }
}

async function measured({ client, tokenCache }: Tables, emulator: Emulators): Promise<SweepMeasured> {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const identityStore = new IdentitystoreClient({ region: 'us-east-1', endpoint: emulator.url, credentials });
  const units = countReadUnits(client);
  const reports = fakeReports();
  let requests = 0;
  const pace = async () => {
    requests += 1;
  };
  const deps = {
    clock: () => new Date(),
    tokenCache: dynamoTokenCache(client, tokenCache),
    denied: undefined,
    directory: identityStoreDirectory(identityStore, IDENTITY_STORE_ID),
    reports,
    pace,
  };
  const deadline = { signal: new AbortController().signal, remainingMillis: () => 600_000 };
  const startedAt = performance.now();
  const swept = await sweep(deps, deadline);
  const seconds = (performance.now() - startedAt) / 1_000;
  identityStore.destroy();
  return { swept, reported: reports.sent.length, requests, readUnits: units.sum, seconds };
}

async function fill({ client, tokenCache }: Tables, { users }: Emulators, count: number, gone: number) {
  const created = Array.from({ length: count }, (_, n) => users.create({ userName: `user-${n}` }).userId);
  const rows = created.map((userId, n) => ({
    userId,
    sessionId: String(n).padStart(43, '0'),
    registeredAt: '2026-01-01T00:00:00.000Z',
    expiresAt: 4_000_000_000,
    region: 'eu-west-1',
    refreshable: true,
    confirmed: true,
    ciphertext: CIPHERTEXT,
    dataKey: DATA_KEY,
  }));
  const batches = Array.from({ length: Math.ceil(count / 25) }, (_, n) => rows.slice(n * 25, (n + 1) * 25));
  await atMost(4, batches, async (batch) => {
    const puts = batch.map((row) => ({ PutRequest: { Item: marshall(row) } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [tokenCache]: puts } }));
  });
  // Spread over the listing.
  const leavers = created.filter((_, n) => n % Math.floor(count / (2 * gone)) === 0).slice(0, 2 * gone);
  for (const [n, userId] of leavers.entries()) (n % 2 ? users.disable : users.delete)(userId);
}

/** Makes DynamoDB report the cost of each call of this client. */
function countReadUnits(client: DynamoDBClient): { sum: number } {
  const units = { sum: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      const input = { ...args.input, ReturnConsumedCapacity: 'TOTAL' };
      const result = await next({ ...args, input });
      const capacity = Object(result.output).ConsumedCapacity;
      for (const each of [capacity ?? []].flat()) units.sum += Number(Object(each).CapacityUnits);
      return result;
    },
    { step: 'initialize' },
  );
  return units;
}
