import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { RevocationPage } from '../../lambda/domain/read-revocation.ts';
import { loadAssembly } from '../../local/assembly.ts';
import { hashOf } from '../../local/emulators/sign-ins.ts';
import { startLocalStack } from '../../local/stack.ts';
import { assembly } from './synth.ts';

/** Whose sessions the tests put into the token cache. */
export const USER_ID = '0a1b2c3d-1111-4222-8333-444455556666';

/** The synthesized stack on this machine, with everything it and its clients get to see. */
export async function start(env: NodeJS.ProcessEnv = {}) {
  const seen: string[] = [];
  const stack = await startLocalStack({ assembly, port: 0, env, output: (line) => seen.push(line) });
  const client = new DynamoDBClient({
    endpoint: stack.endpoints.AWS_ENDPOINT_URL_DYNAMODB ?? '',
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const table = (part: string) => Object.entries(stack.tables).find(([id]) => id.includes(part))?.[1];
  return {
    stack,
    seen,
    async post(
      body: string | object,
      headers: Record<string, string> = { 'content-type': 'application/json' },
    ) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await fetch(`${stack.url}/revocations`, { method: 'POST', body: text, headers });
      const answer = await response.text();
      seen.push(JSON.stringify([...response.headers]), answer);
      return { status: response.status, body: JSON.parse(answer) as RevocationPage };
    },
    async cache(accessToken: string) {
      const row = marshall({ userId: USER_ID, sessionId: hashOf(accessToken) });
      await client.send(new PutItemCommand({ TableName: table('TokenCache'), Item: row }));
    },
    async rows(part: 'TokenCache' | 'Records') {
      const { Items } = await client.send(new ScanCommand({ TableName: table(part), ConsistentRead: true }));
      return (Items ?? []).map((item) => unmarshall(item));
    },
    async close() {
      client.destroy();
      await stack.close();
    },
  };
}

export type RunningStack = Awaited<ReturnType<typeof start>>;

/** The logical id of a function, by its id in the construct. */
export function functionId(id: string): string {
  const functions = [...loadAssembly(assembly).resources].filter(
    ([, { Type }]) => Type === 'AWS::Lambda::Function',
  );
  const logicalId = functions
    .map(([found]) => found)
    .find((found) => found.slice(0, -8).endsWith(`Revocation${id}`));
  if (!logicalId) throw new Error(`The stack has no function ${id}.`);
  return logicalId;
}
