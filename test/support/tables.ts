import { randomUUID } from 'node:crypto';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { startDynamoDb } from '../../local/emulators/dynamodb/dynamodb.ts';
import { loadAssembly } from '../../local/template/assembly.ts';
import { createResolver } from '../../local/template/intrinsics.ts';
import { createTables } from '../../local/template/tables.ts';
import { assembly } from './synth.ts';

const REGION = 'eu-west-1';

export interface Tables {
  /** Without retries: the test is of one call. */
  client: DynamoDBClient;
  endpoint: string;
  tokenCache: string;
  revocations: string;
  denyList: string;
  /** Every item of all tables. */
  dump(): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** The stack's tables, empty: at an endpoint, or on a dynalite of this test's own. */
export async function startTables(endpoint?: string): Promise<Tables> {
  const own = endpoint === undefined ? await startDynamoDb() : undefined;
  const url = endpoint ?? own?.url ?? '';
  // DynamoDB Local keeps the tables of each access key id apart, and takes letters and digits only.
  const credentials = { accessKeyId: randomUUID().replaceAll('-', ''), secretAccessKey: 'test' };
  const stack = loadAssembly(assembly);
  const names = Object.entries(await createTables(stack, createResolver(stack, REGION), url, credentials));
  const client = new DynamoDBClient({ endpoint: url, region: REGION, credentials, maxAttempts: 1 });
  const named = (part: string) => names.find(([logicalId]) => logicalId.includes(part))?.[1] ?? part;
  const [tokenCache, revocations, denyList] = [named('TokenCache'), named('Records'), named('DenyList')];
  return {
    client,
    endpoint: url,
    tokenCache,
    revocations,
    denyList,
    async dump() {
      const scans = [tokenCache, revocations, denyList].map((TableName) =>
        client.send(new ScanCommand({ TableName })),
      );
      return (await Promise.all(scans)).flatMap(({ Items }) => (Items ?? []).map((item) => unmarshall(item)));
    },
    async close() {
      client.destroy();
      await own?.close();
    },
  };
}
