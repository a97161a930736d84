import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { writeAll } from '../../../lambda/aws/dynamo.ts';
import { dynamoRevocationReader } from '../../../lambda/aws/records/reader.ts';
import { dynamoDenyList } from '../../../lambda/aws/role-sessions/deny-list.ts';
import { kmsSealer } from '../../../lambda/aws/token-cache/cipher.ts';
import { EVERYONE, FENCE_PREFIX, JOBS } from '../../../lambda/aws/token-cache/rows.ts';
import { startDynamoDb } from '../../../local/emulators/dynamodb/dynamodb.ts';
import type { Recorder } from '../../../local/ground/recorder.ts';
import { loadAssembly } from '../../../local/template/assembly.ts';
import { createResolver } from '../../../local/template/intrinsics.ts';
import { resourcesOf } from '../../../local/template/properties.ts';
import { type Gate, startGate, throughGate } from '../../support/gate.ts';
import { dynamoAt, type RunningStack, start, until } from '../../support/running-stack.ts';
import { assembly } from '../../support/synth.ts';

const REGION = 'us-east-1';
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
/** Longer than the visibility timeout of the workers' queues. */
export const REDELIVERY_MILLIS = 6.1 * 60_000;
/** Longer than the delay of the queue that wakes the reconciler. */
const WAKING_MILLIS = 4_000;
/** A message of one of them may become a message of another. */
const WORK_QUEUES = ['RevocationsQueue', 'BulkQueue', 'ReportsQueue'];
const { signal } = new AbortController();

/** The running stack, all of whose calls go through one gate, and a way past it to what it keeps. */
export interface GatedStack {
  running: RunningStack;
  gate: Gate;
  /** Sets the clock of portal, queues and schedules forward; that of the functions is the computer's. */
  pass(millis: number): void;
  tables: ReturnType<typeof besideTheGate>;
  /** Waits until the workers' queues have nothing left, or the condition holds. */
  worked(or?: () => boolean): Promise<void>;
  /** Has the reconciler see to what it was woken for, until nothing is left of that or the condition holds. */
  reconciled(or?: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Attempts on one stack mostly wait, for starting threads and for the rate of Logouts: so many at a time use the machine. */
const SIDE_BY_SIDE = 2;

export function startGatedStacks(): Promise<GatedStack[]> {
  return Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => startGatedStack()));
}

export async function startGatedStack(): Promise<GatedStack> {
  let elapsed = 0;
  let record: Recorder = () => {};
  let emulators = '';
  const dynamo = await startDynamoDb((headers, body) => record(headers, body));
  const gate = await startGate(({ service }) => (service === 'dynamodb' ? dynamo.url : emulators));
  const closeServers = () => Promise.all([gate.close(), dynamo.close()]);
  const running = await start(throughGate(gate), () => Date.now() + elapsed).catch(async (error) => {
    await closeServers();
    throw error;
  });
  const { stack } = running;
  emulators = stack.emulator.url;
  record = stack.calls.record;
  const tables = besideTheGate(dynamo.url, running);
  const isEmpty = (part: string) => {
    const { visible, inFlight, delayed } = running.queue(part).counts();
    return visible + inFlight + delayed === 0;
  };
  const pass = (millis: number) => {
    elapsed += millis;
  };
  return {
    running,
    gate,
    pass,
    tables,
    worked: (or = () => false) => until('the workers are through', () => or() || WORK_QUEUES.every(isEmpty)),
    async reconciled(or = () => false) {
      await until('the deny list is reconciled', () => {
        if (running.queue('DenyListQueue').counts().delayed > 0) pass(WAKING_MILLIS);
        return or() || isEmpty('DenyListQueue');
      });
    },
    async close() {
      tables.close();
      gate.use({});
      await running.close();
      await closeServers();
    },
  };
}

function besideTheGate(endpoint: string, { stack, table }: RunningStack) {
  const client = dynamoAt(endpoint);
  const kms = new KMSClient({ endpoint: stack.emulator.url, region: REGION, credentials });
  const [tokenCache, records, denyList] = [table('TokenCache'), table('Records'), table('DenyList')];
  const denials = dynamoDenyList(client, denyList);
  const write = (rows: object[]) =>
    writeAll(
      client,
      tokenCache,
      rows.map((row) => ({ PutRequest: { Item: marshall(row) } })),
      signal,
    );
  const remove = (table: string, keys: object[]) =>
    writeAll(
      client,
      table,
      keys.map((key) => ({ DeleteRequest: { Key: marshall(key) } })),
      signal,
    );
  const partition = async (userId: string) => {
    const command = new QueryCommand({
      TableName: tokenCache,
      KeyConditionExpression: 'userId = :userId',
      ExpressionAttributeValues: marshall({ ':userId': userId }),
      ConsistentRead: true,
    });
    return ((await client.send(command)).Items ?? []).map((item) => unmarshall(item));
  };
  const fence = (userId: string) => partition(FENCE_PREFIX + userId);
  const notes = async (userId: string) => {
    const noted = await Promise.all([JOBS, EVERYONE].map(partition));
    return noted.flat().filter(({ job }) => String(job).includes(userId));
  };
  return {
    sealer: kmsSealer(kms, tokenKey()),
    /** Puts rows into the token cache, as they are. */
    hold: write,
    /** The rows of a user's sessions. */
    held: partition,
    fence,
    /** Of jobs under way that name this user, or the revocation of everyone with this id. */
    notes,
    recorded: (revocationId: string) => dynamoRevocationReader(client, records).read(revocationId, signal),
    denials: (userId: string) => denials.entriesOf(userId, signal),
    /** Takes away what is left of a person, which would fill policies and scans of the next cases. */
    async forget(userId: string) {
      const denied = await denials.entriesOf(userId, signal);
      const left = denied.map(({ revocationId }) => ({ userId, revocationId }));
      await remove(denyList, left);
      const rows = await Promise.all([partition(userId), fence(userId), notes(userId)]);
      await remove(
        tokenCache,
        rows.flat().map((row) => ({ userId: row.userId, sessionId: row.sessionId })),
      );
    },
    close() {
      client.destroy();
      kms.destroy();
    },
  };
}

function tokenKey(): string {
  const stack = loadAssembly(assembly);
  const [key] = resourcesOf(stack, 'AWS::KMS::Key');
  return createResolver(stack, REGION).ref(key?.[0] ?? '');
}
