import {
  dynamoDenialRecords,
  dynamoUserRevocationRecords,
} from '../../lambda/aws/records/user-revocation-records.ts';
import { dynamoDenyList } from '../../lambda/aws/role-sessions/deny-list.ts';
import { dynamoCacheScan, dynamoSweepProgress } from '../../lambda/aws/token-cache/cache-scan.ts';
import { dynamoSessionRegister } from '../../lambda/aws/token-cache/session-register.ts';
import { dynamoTokenCache } from '../../lambda/aws/token-cache/token-cache.ts';
import { dynamoSessionList, dynamoUserSessions } from '../../lambda/aws/token-cache/user-sessions.ts';
import type { DenialRecords, UserRevocationRecords } from '../../lambda/domain/stores.ts';
import { javaVersion, startDynamoDbLocal } from './dynamodb-local.ts';
import { type FakeDenyList, fakeDenyList } from './fake-deny-list.ts';
import { type FakeCache, fakeCache, fakeRecords } from './fakes.ts';
import { startTables, type Tables } from './tables.ts';

export interface Stores {
  cache: Omit<FakeCache, 'sessions' | 'begun' | 'fences'>;
  records: UserRevocationRecords & DenialRecords;
  denyList: FakeDenyList;
  close(): Promise<void>;
}

/** The adapters of all tables. */
export function storesOn(tables: Tables): Stores {
  const { client, tokenCache } = tables;
  return {
    cache: {
      ...dynamoTokenCache(client, tokenCache),
      ...dynamoSessionList(client, tokenCache),
      ...dynamoUserSessions(client, tokenCache),
      ...dynamoSessionRegister(client, tokenCache),
      ...dynamoCacheScan(client, tokenCache),
      ...dynamoSweepProgress(client, tokenCache),
    },
    records: {
      ...dynamoUserRevocationRecords(client, tables.revocations, 400),
      ...dynamoDenialRecords(client, tables.revocations),
    },
    denyList: dynamoDenyList(client, tables.denyList),
    close: () => tables.close(),
  };
}

async function onDynamoDbLocal(): Promise<Stores> {
  const server = await startDynamoDbLocal();
  const stores = storesOn(await startTables(server.url));
  return {
    ...stores,
    async close() {
      await stores.close();
      await server.close();
    },
  };
}

/** What one contract suite runs against. */
export const engines: { engine: string; open: () => Promise<Stores> }[] = [
  {
    engine: 'the fakes',
    open: async () => ({
      cache: fakeCache(),
      records: fakeRecords(),
      denyList: fakeDenyList(),
      close: async () => {},
    }),
  },
  { engine: 'dynalite', open: async () => storesOn(await startTables()) },
];
if (javaVersion() !== undefined) engines.push({ engine: "AWS's DynamoDB Local", open: onDynamoDbLocal });
else process.stderr.write("Not run against AWS's DynamoDB Local: no Java 17 or later found.\n");
