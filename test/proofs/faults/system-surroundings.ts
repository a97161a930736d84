import { BatchWriteItemCommand, DescribeTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { network } from '../../../lambda/aws/clients.ts';
import type { Emulators } from '../../../local/emulators/server.ts';
import { throughGate } from '../../support/gate.ts';
import { startTables, type Tables } from '../../support/tables.ts';
import { type CallsSettings, startCalls } from './system-calls.ts';

export type Row = Record<string, unknown>;

/** Tables and the proxy to all services. They outlive one system, because starting them takes long. */
export interface Surroundings {
  tables: Tables;
  keyId: string;
  /** The log since the last `clear`. */
  logged(): string;
  use(settings: CallsSettings): void;
  /** Resolves when no call of a function is open. */
  idle(): Promise<void>;
  /** The current rows of all three tables. */
  rows(): Promise<{ cache: Row[]; records: Row[]; denyList: Row[] }>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

export const POLICY_IDS = ['p-00000001', 'p-00000002'];
/** Fewer than deployed, so that messages become dead letters. */
export const MAX_RECEIVES = 4;
const POLICY_CHARACTERS = 10_240;
/** In milliseconds. Under faults, a request that hangs costs the test this much. */
export const TIMEOUTS = { badWeather: 250, calm: 10_000 };

/** Sets the environment in which the functions are wired, including the clock: `jest.setSystemTime` moves it. */
export async function startSurroundings(): Promise<Surroundings> {
  const tables = await startTables();
  let current: CallsSettings | undefined;
  const calls = await startCalls(() => {
    if (!current) throw new Error('Nobody is to call yet.');
    return current;
  });
  const keyId = '00000000-0000-4000-8000-000000000001';
  Object.assign(process.env, environmentOf(tables, calls.url, keyId));
  delete process.env.ACCESS_QUEUE_URL;
  // No function reads notices here. test/proofs/crash/crash-events.test.ts has their failures.
  delete process.env.NOTICES_QUEUE_URL;
  jest.useFakeTimers({ doNotFake: EVERYTHING_BUT_DATE });
  const logged: string[] = [];
  const scan = async (TableName: string) => {
    const { Items = [] } = await tables.client.send(new ScanCommand({ TableName, ConsistentRead: true }));
    return Items;
  };
  const names = [tables.tokenCache, tables.revocations, tables.denyList];
  return {
    tables,
    keyId,
    logged: () => logged.join(''),
    idle: calls.idle,
    use(settings) {
      current = settings;
      keepWritten(logged);
    },
    async rows() {
      const [cache = [], records = [], denyList = []] = await Promise.all(names.map(scan));
      const plain = (items: typeof cache) => items.map((item) => unmarshall(item));
      return { cache: plain(cache), records: plain(records), denyList: plain(denyList) };
    },
    async clear() {
      jest.restoreAllMocks();
      logged.length = 0;
      for (const name of names) await empty(tables, name, await scan(name));
    },
    async close() {
      jest.restoreAllMocks();
      jest.useRealTimers();
      await Promise.all([calls.close(), tables.close()]);
    },
  };
}

const EVERYTHING_BUT_DATE = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] satisfies FakeTimersConfig['doNotFake'];

function environmentOf(tables: Tables, url: string, keyId: string): Record<string, string> {
  return {
    ...throughGate({ url }),
    AWS_MAX_ATTEMPTS: '2',
    TOKEN_CACHE_TABLE: tables.tokenCache,
    REVOCATIONS_TABLE: tables.revocations,
    DENY_LIST_TABLE: tables.denyList,
    TOKEN_KEY: keyId,
    // The SDK sends to the queue's own address, whatever the endpoint is.
    REMOVALS_QUEUE_URL: `${url}/removals`,
    BULK_QUEUE_URL: `${url}/bulk`,
    REPORTS_QUEUE_URL: `${url}/reports`,
    DENY_LIST_QUEUE_URL: `${url}/deny-list.fifo`,
    DENY_POLICY_IDS: POLICY_IDS.join(),
    DENY_POLICY_CHARACTERS: String(POLICY_CHARACTERS),
    MAX_RECEIVE_COUNT: String(MAX_RECEIVES),
    LOGOUTS_PER_SECOND: '5000',
    MAX_LOGOUTS_PER_SECOND: '5000',
    // The worker's share is three for removals and two for bulk work.
    WORKERS: '1',
    LOGOUTS_AT_ONCE: '5',
    DIRECTORY_CALLS_PER_SECOND: '5000',
  };
}

/** Makes the removals of this test file remove access, too. */
export function takeAccessAway(): void {
  // At the gate, beside the worker's queues.
  process.env.ACCESS_QUEUE_URL = process.env.REMOVALS_QUEUE_URL?.replace(/removals$/, 'access');
}

/** Sets the timeout of all clients. */
export function haveTimeout(requestTimeout: number): void {
  network.updateHttpClientConfig('requestTimeout', requestTimeout);
}

/** The stack's queues, with what matters to the functions. */
export function defineQueues({ queues }: Emulators) {
  const define = (name: string, more: { delaySeconds?: number; maxReceiveCount?: number }) => {
    const isFifo = name.endsWith('.fifo');
    const { delaySeconds = 0, maxReceiveCount } = more;
    return queues.define({
      name,
      arn: `arn:aws:sqs:eu-west-1:111122223333:${name}`,
      url: `http://localhost/${name}`,
      visibilityTimeoutSeconds: 360,
      delaySeconds,
      retentionSeconds: 14 * 86_400,
      waitSeconds: 0,
      ...(isFifo && { fifo: { contentBasedDeduplication: false } }),
      ...(maxReceiveCount !== undefined && {
        redrive: { deadLetterArn: `arn:aws:sqs:eu-west-1:111122223333:dead`, maxReceiveCount },
      }),
    });
  };
  const dead = define('dead', {});
  const working = ['reports', 'removals', 'bulk', 'access'] as const;
  const [reports, removals, bulk, access] = working.map((name) =>
    define(name, { maxReceiveCount: MAX_RECEIVES }),
  );
  const denyList = define('deny-list.fifo', { delaySeconds: 5 });
  if (!reports || !removals || !bulk || !access) throw new Error('A queue is missing.');
  return {
    dead,
    /** The worker's queues, and the one of the function that removes access. */
    working: { reports, removals, bulk, access },
    denyList,
    redrive: () => queues.redrive(dead).moved,
    /** Whether nothing is visible, in flight or delayed, nor in a dead-letter queue. */
    areEmpty: () =>
      [reports, removals, bulk, access, dead, denyList].every((queue) => {
        const { visible, inFlight, delayed } = queue.counts();
        return visible + inFlight + delayed === 0;
      }),
  };
}

function keepWritten(lines: string[]): void {
  const keep = (chunk: unknown) => lines.push(String(chunk)) > 0;
  for (const stream of [process.stdout, process.stderr]) jest.spyOn(stream, 'write').mockImplementation(keep);
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
    jest.spyOn(console, method).mockImplementation((...parts) => void keep(parts.join(' ')));
}

async function empty({ client }: Tables, name: string, items: Record<string, unknown>[]): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  const keys = (Table?.KeySchema ?? []).map(({ AttributeName = '' }) => AttributeName);
  for (let start = 0; start < items.length; start += 25) {
    const requests = items.slice(start, start + 25).map((item) => ({
      DeleteRequest: { Key: Object.fromEntries(keys.map((key) => [key, item[key]])) as never },
    }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [name]: requests } }));
  }
}
