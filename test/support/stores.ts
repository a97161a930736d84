import { dynamoAccessRecords } from '../../lambda/aws/records/access-records.ts';
import { dynamoRevocationRecords } from '../../lambda/aws/records/records.ts';
import { dynamoDenyList } from '../../lambda/aws/role-sessions/deny-list.ts';
import { dynamoTokenCache } from '../../lambda/aws/token-cache/token-cache.ts';
import type { AccessRecords, DenyList, RevocationRecords, TokenCache } from '../../lambda/domain/stores.ts';
import { dynamoDbLocal, hasDynamoDbLocal } from './dynamodb-local.ts';
import { withAccess } from './fake-access.ts';
import { fakeDenyList } from './fake-deny-list.ts';
import { fakeCache, fakeRecords } from './fakes.ts';
import { startTables, type Tables } from './tables.ts';

export interface Stores {
  cache: TokenCache;
  records: RevocationRecords & AccessRecords;
  denyList: DenyList;
  close(): Promise<void>;
}

/** The adapters of all tables. */
export function storesOn(tables: Tables): Stores {
  const { client, tokenCache } = tables;
  return {
    cache: dynamoTokenCache(client, tokenCache),
    records: {
      ...dynamoRevocationRecords(client, tables.revocations, 400),
      ...dynamoAccessRecords(client, tables.revocations, 400),
    },
    denyList: dynamoDenyList(client, tables.denyList),
    close: () => tables.close(),
  };
}

/** The implementations that each contract suite runs against. */
export const engines: { engine: string; open: () => Promise<Stores> }[] = [
  {
    engine: 'the fakes',
    open: async () => ({
      cache: fakeCache(),
      records: withAccess(fakeRecords()),
      denyList: fakeDenyList(),
      close: async () => {},
    }),
  },
  { engine: 'dynalite', open: async () => storesOn(await startTables()) },
];
if (hasDynamoDbLocal) {
  const open = async () => storesOn(await startTables(await dynamoDbLocal()));
  engines.push({ engine: "AWS's DynamoDB Local", open });
} else process.stderr.write("Not run against AWS's DynamoDB Local: no Java 17 or later found.\n");
