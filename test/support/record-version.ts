import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { everything } from './synth.ts';

/**
 * Records what a version of this project writes, by running it: `node test/support/record-version.ts <checkout>` writes
 * test/support/earlier-versions/<commit>.json. `test/proofs/upgrade.test.ts` reads it with today's code. The checkout
 * needs `node_modules`; today's will do. Only its app, its local run and its HTTP API are used.
 */

/** In DynamoDB's JSON, with binary values in base64. */
export type Row = Record<string, AttributeValue>;

export interface RecordedVersion {
  readonly commit: string;
  /** Milliseconds since the epoch. Nothing in the recording has expired by then. */
  readonly recordedAt: number;
  readonly users: readonly { readonly userId: string; readonly userName: string }[];
  /** By a part of the table's logical id. */
  readonly tables: Readonly<Record<string, readonly Row[]>>;
  /** The key that seals each session's tokens, as KMS opens it: base64, by session id. */
  readonly dataKeys: Readonly<Record<string, string>>;
  /** All messages ever sent, by a part of the queue's logical id. */
  readonly messages: Readonly<Record<string, readonly string[]>>;
  /** By path. */
  readonly answers: Readonly<Record<string, { readonly status: number; readonly body: object }>>;
}

const TABLES = ['TokenCache', 'Records', 'DenyList'];
const QUEUES = [
  'RevocationsQueue',
  'BulkQueue',
  'ReportsQueue',
  'EndedAssignmentsQueue',
  'AccessRemovalsQueue',
];
const INSTANCE = everything.instanceArn;

/** The part of the local run that all versions have. */
interface LocalStack {
  readonly url: string;
  readonly endpoints: Record<string, string>;
  readonly tables: Record<string, string>;
  readonly queues: Record<string, { url: string }>;
  readonly schedules: { logicalIds: string[]; run(id: string): Promise<unknown> };
  readonly emulator: {
    url: string;
    keys: { decrypt(dataKey: Buffer, context: object): { plaintext: Buffer } | undefined };
    queues: { byUrl(url: string): { send(body: string, ...more: unknown[]): unknown } | undefined };
  };
  close(): Promise<void>;
}

async function record(checkout: string): Promise<RecordedVersion> {
  const commit = execFileSync('git', ['rev-parse', '--short=7', 'HEAD'], {
    cwd: checkout,
    encoding: 'utf8',
  }).trim();
  const assembly = mkdtempSync(join(tmpdir(), 'earlier-'));
  let elapsed = 0;
  const clock = () => Date.now() + elapsed;
  try {
    synthesize(checkout, assembly);
    const { startLocalStack } = await import(join(checkout, 'local', 'stack.ts'));
    const stack: LocalStack = await startLocalStack({ assembly, port: 0, env: {}, output: () => {}, clock });
    const messages = listen(stack);
    const users = await live(stack, (millis) => {
      elapsed += millis;
    });
    const tables = await rowsOf(stack);
    const recorded = {
      commit,
      recordedAt: Date.now(),
      users,
      tables,
      dataKeys: dataKeysOf(stack, tables.TokenCache ?? []),
      messages,
      answers: await answersOf(stack, tables.Records ?? [], users),
    };
    await stack.close();
    return recorded;
  } finally {
    rmSync(assembly, { recursive: true });
  }
}

/** Synthesizes with everything optional that the version knows. */
function synthesize(checkout: string, output: string): void {
  const known = ['app.ts', 'settings.ts'].map((file) => {
    try {
      return readFileSync(join(checkout, 'infra', file), 'utf8');
    } catch {
      return '';
    }
  });
  const context = Object.entries(everything)
    .filter(([name]) => known.some((text) => text.includes(`'${name}'`)))
    .flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const cdk = join(checkout, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const PATH = `${join(checkout, 'test', 'support', 'bin')}:${process.env.PATH}`;
  execFileSync(process.execPath, [cdk, 'synth', '--quiet', '--output', output, ...context], {
    cwd: checkout,
    env: { ...process.env, PATH },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Records all messages from now on. */
function listen(stack: LocalStack): Record<string, string[]> {
  const messages: Record<string, string[]> = {};
  for (const part of QUEUES) {
    const [, found] = Object.entries(stack.queues).find(([id]) => id.includes(part)) ?? [];
    const queue = found && stack.emulator.queues.byUrl(found.url);
    if (!queue) continue;
    const sent: string[] = [];
    messages[part] = sent;
    const send = queue.send.bind(queue);
    queue.send = (body, ...more) => {
      sent.push(body);
      return send(body, ...more);
    };
  }
  return messages;
}

/** Does everything that writes another kind of row, or sends another kind of message. */
async function live(stack: LocalStack, pass: (millis: number) => void) {
  const users: { userId: string; userName: string }[] = [];
  const ask = async (url: string, method: string, body: object, headers = {}) => {
    const type = { 'content-type': 'application/json', ...headers };
    const response = await fetch(url, { method, headers: type, body: JSON.stringify(body) });
    return { status: response.status, body: JSON.parse((await response.text()) || '{}') };
  };
  const control = (path: string, body: object, method = 'POST') =>
    ask(`${stack.emulator.url}/_emulator/${path}`, method, body);
  const api = (method: string, path: string, body: object, headers = {}) =>
    ask(stack.url + path, method, body, headers);
  const settle = async () => {
    for (let n = 0; n < 20; n += 1) {
      pass(1_000);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const user = async (userName: string) => {
    const { body } = await control('users', { userName });
    users.push({ userId: body.userId, userName });
    return body.userId as string;
  };
  const register = async (userName: string, sessions = 1) => {
    const userId = users.find((one) => one.userName === userName)?.userId ?? (await user(userName));
    const files = [];
    for (let n = 0; n < sessions; n += 1) {
      const { body: file } = await control('sign-ins', { userName });
      const { status } = await api('PUT', `/users/${userId}/sessions`, file);
      // Older versions have this route instead.
      if (status === 404) await api('PUT', '/sessions', { ...file, userId });
      files.push(file);
    }
    return { userId, files };
  };
  const event = (source: string, type: string, detail: object) =>
    control('events', { source, 'detail-type': type, detail });
  const call = (service: string, eventName: string, requestParameters: object) =>
    event(`aws.${service}`, 'AWS API Call via CloudTrail', {
      eventSource: `${service}.amazonaws.com`,
      eventName,
      requestParameters,
    });

  const first = await register('by-token', 2);
  await api('POST', '/revocations', first.files[0]);
  const named = await register('by-name');
  await api(
    'POST',
    '/revocations',
    { userName: 'by-name', reason: 'left' },
    { 'idempotency-key': 'by-name' },
  );
  await api('DELETE', `/deny-list/${named.userId}`, {});
  const many = await register('many', 11);
  await api('POST', '/revocations', { userId: many.userId });
  const deleted = await register('deleted');
  await call('identitystore', 'DeleteUser', {
    userId: deleted.userId,
    identityStoreId: everything.identityStoreId,
  });
  await settle();
  const assigned = await user('assigned');
  const { body: set } = await control('permission-sets', { name: 'Admin' });
  await call('sso', 'DeleteAccountAssignment', {
    instanceArn: INSTANCE,
    targetId: '111122223333',
    targetType: 'AWS_ACCOUNT',
    permissionSetArn: set.permissionSetArn,
    principalType: 'USER',
    principalId: assigned,
  });
  const disabled = await register('disabled');
  await control('assignments', {
    accountId: '111122223333',
    permissionSetArn: set.permissionSetArn,
    principalType: 'USER',
    principalId: disabled.userId,
  });
  await control(`users/${disabled.userId}`, { status: 'DISABLED' }, 'PUT');
  await call('sso-directory', 'DisableUser', {
    userId: disabled.userId,
    identityStoreId: everything.identityStoreId,
  });
  await settle();
  await api(
    'POST',
    '/revocations/everyone',
    { reason: 'drill', except: [first.userId] },
    { 'idempotency-key': 'all' },
  );
  await settle();
  await register('held', 3);
  const swept = await register('swept');
  await control(`users/${swept.userId}`, { status: 'DISABLED' }, 'PUT');
  for (const schedule of stack.schedules.logicalIds) await stack.schedules.run(schedule);
  // From now on, nothing completes: these rows and messages belong to unfinished work.
  await control('faults', { operation: 'logout', fault: 'fail' }, 'PUT');
  await settle();
  const resisting = await register('resisting', 2);
  await api('POST', '/revocations', { userId: resisting.userId });
  await api('POST', '/revocations/everyone', { reason: 'under way' });
  await settle();
  return users;
}

async function rowsOf(stack: LocalStack): Promise<Record<string, Row[]>> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const endpoint = stack.endpoints.AWS_ENDPOINT_URL_DYNAMODB ?? '';
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  const tables: Record<string, Row[]> = {};
  for (const part of TABLES) {
    const [, TableName] = Object.entries(stack.tables).find(([id]) => id.includes(part)) ?? [];
    if (TableName === undefined) continue;
    tables[part] = (await client.send(new ScanCommand({ TableName }))).Items ?? [];
  }
  client.destroy();
  return tables;
}

function dataKeysOf(stack: LocalStack, rows: readonly Row[]): Record<string, string> {
  return Object.fromEntries(
    rows.flatMap(({ userId, sessionId, dataKey }): [string, string][] => {
      if (dataKey?.B === undefined) return [];
      const context = { userId: userId?.S, sessionId: sessionId?.S };
      const opened = stack.emulator.keys.decrypt(Buffer.from(dataKey.B), context);
      return [[sessionId?.S ?? '', opened?.plaintext.toString('base64') ?? '']];
    }),
  );
}

async function answersOf(stack: LocalStack, records: readonly Row[], users: RecordedVersion['users']) {
  const revocations = records.filter(({ entry }) => entry?.S === 'REVOCATION');
  const paths = [
    ...revocations.map(({ revocationId }) => `/revocations/${revocationId?.S}`),
    ...users.flatMap(({ userId }) => [`/revocations?userId=${userId}`, `/sessions?userId=${userId}`]),
  ];
  const answers: Record<string, { status: number; body: object }> = {};
  for (const path of paths) {
    const response = await fetch(stack.url + path);
    answers[path] = { status: response.status, body: JSON.parse(await response.text()) };
  }
  return answers;
}

const [, , checkout] = process.argv;
if (checkout !== undefined && import.meta.main) {
  const recorded = await record(checkout);
  const file = join(import.meta.dirname, 'earlier-versions', `${recorded.commit}.json`);
  const binaryAsText = (_key: string, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  writeFileSync(file, `${JSON.stringify(recorded, binaryAsText, 1)}\n`);
  const counts = (all: Readonly<Record<string, readonly unknown[]>>) =>
    Object.entries(all).map(([name, { length }]) => `${name} ${length}`);
  process.stdout.write(`${file}: ${[...counts(recorded.tables), ...counts(recorded.messages)].join(', ')}\n`);
  process.exit();
}
