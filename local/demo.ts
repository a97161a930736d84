import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { RevocationPage } from '../lambda/domain/read-revocation.ts';
import type { SignInEmulator } from './emulators/server.ts';
import { hashOf, type TokenCacheFile } from './emulators/sign-ins.ts';
import { type LocalStack, startLocalStack } from './stack.ts';

/** A claim of the demo, and what was seen that it rests on. */
interface Claim {
  claim: string;
  seen: string;
  holds: boolean;
}

interface Scene {
  stack: LocalStack;
  emulator: SignInEmulator;
  /** Everything the functions have written. */
  written: string[];
  claim(claim: string, seen: unknown, holds: boolean): void;
}

const TWELVE_HOURS = 12 * 60 * 60 * 1000;
const USER_ID = '906791299c-0a1b2c3d-1111-4222-8333-444455556666';

/** One stolen laptop, from sign-in to audit trail. */
async function play({ stack, emulator, written, claim }: Scene): Promise<void> {
  const file = emulator.signIns.signIn({ userName: 'alice' });
  const sessionId = hashOf(file.accessToken);
  const credentials = await roleCredentials(emulator, file);
  claim(
    'Alice has signed in: the portal gives her role credentials',
    credentials.status,
    credentials.status === 200,
  );

  await cacheCopy(stack, sessionId);
  const first = await post(stack, { ...file, reason: 'laptop stolen' });
  const { status, sessions, roleSessions, completedAt, subject } = first.body;
  claim('Her token-cache file, posted as it is, is answered 200', first.status, first.status === 200);
  claim(
    'The revocation is COMPLETED, one session logged out',
    `${status}, ${sessions.loggedOut}`,
    status === 'COMPLETED' && sessions.loggedOut === 1,
  );
  claim('It is known whose session it was', subject.userId, subject.userId === USER_ID);

  const logouts = emulator.requests.filter(
    (request) => request.operation === 'logout' && request.sessionId === sessionId,
  );
  claim(
    'The portal saw exactly one Logout with her token',
    logouts.length,
    logouts.length === 1 && logouts[0]?.status === 200,
  );
  const afterwards = await roleCredentials(emulator, file);
  claim('Her session is over: no more role credentials', afterwards.status, afterwards.status === 401);
  const copies = await cachedCopies(stack);
  claim('The cached copy of her token is deleted', copies, copies === 0);

  const until = Date.parse(roleSessions.mayContinueUntil);
  claim(
    'What may still live is said: 12 hours from Logout',
    roleSessions.mayContinueUntil,
    until === Date.parse(completedAt ?? '') + TWELVE_HOURS,
  );
  claim(
    'Her earlier role credentials indeed outlive it',
    new Date(credentials.expiration).toISOString(),
    credentials.expiration > Date.now() && credentials.expiration <= until,
  );

  const again = await post(stack, { ...file, reason: 'again, to be sure' });
  claim(
    'The same call again answers the same revocation',
    again.body.reason,
    JSON.stringify(again.body) === JSON.stringify(first.body),
  );
  const { outcomes } = (await call<RevocationPage>(`${stack.url}/revocations/${sessionId}`)).body;
  claim(
    'The audit trail has the outcome',
    outcomes.map(({ outcome }) => outcome).join(),
    outcomes.length === 1 && outcomes[0]?.outcome === 'LOGGED_OUT',
  );

  const other = emulator.signIns.signIn({ userName: 'bob' });
  emulator.faults.set({ operation: 'logout', fault: 'throttle', times: 3 });
  const throttled = await post(stack, other);
  const retryAfter = throttled.headers.get('retry-after');
  claim(
    'A portal that throttles: 429 with Retry-After, nothing lost',
    `${throttled.status}, ${retryAfter} s`,
    throttled.status === 429 && Number(retryAfter) > 0,
  );
  const retried = await post(stack, other);
  claim(
    "The caller's retry ends the session",
    retried.body.sessions.loggedOut,
    retried.body.sessions.loggedOut === 1,
  );

  const secrets = [file, other].flatMap(({ accessToken, refreshToken, clientSecret }) => [
    accessToken,
    refreshToken,
    clientSecret,
  ]);
  const leaks = secrets.filter((secret) => written.join('\n').includes(secret)).length;
  claim(
    `No token in the ${written.length} lines the functions wrote`,
    leaks,
    leaks === 0 && written.length > 0,
  );
}

async function call<T>(
  url: string,
  init?: RequestInit,
): Promise<{ status: number; headers: Headers; body: T }> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, body: (await response.json()) as T };
}

function post({ url }: LocalStack, body: object) {
  const headers = { 'content-type': 'application/json' };
  return call<RevocationPage>(`${url}/revocations`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function roleCredentials(emulator: SignInEmulator, { accessToken }: TokenCacheFile) {
  const url = `${emulator.url}/federation/credentials?account_id=111122223333&role_name=Developer`;
  const { status, body } = await call<{ roleCredentials?: { expiration: number } }>(url, {
    headers: { 'x-amz-sso_bearer_token': accessToken },
  });
  return { status, expiration: body.roleCredentials?.expiration ?? 0 };
}

function tokenCache({ endpoints, tables }: LocalStack) {
  const client = new DynamoDBClient({
    endpoint: endpoints.AWS_ENDPOINT_URL_DYNAMODB ?? '',
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const table = Object.entries(tables).find(([logicalId]) => logicalId.includes('TokenCache'))?.[1];
  return { client, table };
}

/** Stands for registering a session, which has no route yet: a row as it would be, its ciphertext left out. */
async function cacheCopy(stack: LocalStack, sessionId: string): Promise<void> {
  const { client, table } = tokenCache(stack);
  await client.send(new PutItemCommand({ TableName: table, Item: marshall({ userId: USER_ID, sessionId }) }));
}

async function cachedCopies(stack: LocalStack): Promise<number> {
  const { client, table } = tokenCache(stack);
  const query = new QueryCommand({
    TableName: table,
    KeyConditionExpression: 'userId = :userId',
    ExpressionAttributeValues: marshall({ ':userId': USER_ID }),
    ConsistentRead: true,
  });
  return (await client.send(query)).Count ?? -1;
}

function toTable(claims: Claim[]): string {
  const width = Math.max(...claims.map(({ claim }) => claim.length));
  return claims
    .map(({ claim, seen, holds }) => `${holds ? 'ok   ' : 'WRONG'}  ${claim.padEnd(width)}  ${seen}`)
    .join('\n');
}

async function main(): Promise<void> {
  const written: string[] = [];
  const claims: Claim[] = [];
  const assembly = join(import.meta.dirname, '..', 'cdk.out');
  // The demo checks what the portal saw, so it takes no portal or table of somebody else's.
  const stack = await startLocalStack({ assembly, port: 0, env: {}, output: (line) => written.push(line) });
  try {
    const { emulator } = stack;
    if (!emulator) throw new Error('The local stack came up without its sign-in emulator.');
    const claim: Scene['claim'] = (text, seen, holds) =>
      claims.push({ claim: text, seen: String(seen), holds });
    await play({ stack, emulator, written, claim });
  } finally {
    await stack.close();
    process.stdout.write(`${toTable(claims)}\n`);
  }
  const wrong = claims.filter(({ holds }) => !holds).length;
  process.stdout.write(`${claims.length - wrong} of ${claims.length} claims hold.\n`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

await main();
