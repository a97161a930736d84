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
  /** Without retries, because each test checks one call. */
  client: DynamoDBClient;
  endpoint: string;
  tokenCache: string;
  revocations: string;
  denyList: string;
  /** Every item of all tables. */
  dump(): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Empty tables of the stack: at an endpoint, or on a dynalite for this test only. */
export async function startTables(endpoint?: string): Promise<Tables> {
  const own = endpoint === undefined ? await startDynamoDb() : undefined;
  const url = endpoint ?? own?.url ?? '';
  // DynamoDB Local separates tables by access key id, and accepts only letters and digits in it.
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
