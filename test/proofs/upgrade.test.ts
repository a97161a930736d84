import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { kmsOpener } from '../../lambda/aws/token-cache/cipher.ts';
import { hashOf } from '../../local/ground/token-hash.ts';
import { stackKeyId } from '../support/held-rows.ts';
import type { RecordedVersion, Row } from '../support/record-version.ts';
import { type RunningStack, start, USER_ID, workedOff } from '../support/running-stack.ts';

// Today's template and code run on the data of earlier versions, as those versions really wrote it: see
// test/support/record-version.ts.

const VERSIONS = join(import.meta.dirname, '..', 'support', 'earlier-versions');
const versions = readdirSync(VERSIONS).map((file): [string, RecordedVersion] => [
  file.replace('.json', ''),
  JSON.parse(readFileSync(join(VERSIONS, file), 'utf8'), (name, value) =>
    name === 'B' ? new Uint8Array(Buffer.from(value, 'base64')) : value,
  ),
]);
const { signal } = new AbortController();
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

test('earlier versions are recorded', () => {
  expect(versions.length).toBeGreaterThan(1);
});

/**
 * What no later version may change: what was asked for, each session's outcome, and from when to when role sessions are
 * denied. Bounds and hints may improve, and the answer who may sign in is looked up again.
 */
function fixedOf(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(fixedOf);
  if (typeof part !== 'object' || part === null) return part;
  const others = Object.entries(part).filter(
    ([name]) => !['mayContinueUntil', 'next', 'user', 'users', 'nextCursor'].includes(name),
  );
  return Object.fromEntries(others.map(([name, value]) => [name, fixedOf(value)]));
}

describe.each(versions)('after version %s', (_, version) => {
  let running: RunningStack;
  let elapsed = 0;
  const rows = version.tables.TokenCache ?? [];
  const sessions = rows.filter(({ ciphertext }) => ciphertext !== undefined);

  beforeAll(async () => {
    const began = Date.now();
    // Starts at the time of the recording: by now, the recorded sessions have expired.
    const clock = () => version.recordedAt + (Date.now() - began) + elapsed;
    running = await start({}, clock, undefined, clock);
    for (const user of version.users) running.stack.users.create(user);
    await takeOver();
    if (!version.messages.AccessRemovalsQueue) leaveAccess();
  }, 60_000);
  afterAll(() => running.close());

  /**
   * Acts as a stack without removeAccess, like every stack of that version. A later deployment adds it:
   * docs/deployment.md.
   */
  function leaveAccess(): void {
    const queue = running.stack.emulator.queues.byUrl(running.queue('AccessRemovalsQueue').url);
    if (!queue) throw new Error('The stack takes no access away.');
    const send = queue.send.bind(queue);
    queue.send = (...message) => {
      const sent = send(...message);
      for (const { receiptHandle } of queue.receive(10)) queue.delete(receiptHandle);
      return sent;
    };
  }

  /** Copies the tables unchanged, and the key that opens what was sealed before. */
  async function takeOver(): Promise<void> {
    const endpoint = running.stack.endpoints.AWS_ENDPOINT_URL_DYNAMODB ?? '';
    const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
    for (const [part, items] of Object.entries(version.tables)) {
      const TableName = running.table(part);
      for (const item of items) await client.send(new PutItemCommand({ TableName, Item: underOurKey(item) }));
    }
    client.destroy();
  }

  /** The emulated key creates a new secret in each run, so it must seal the recorded tokens again. */
  function underOurKey(row: Row): Row {
    const [userId = '', sessionId = ''] = [row.userId?.S, row.sessionId?.S];
    const dataKey = version.dataKeys[sessionId];
    if (dataKey === undefined) return row;
    const { keys } = running.stack.emulator;
    const key = keys.find(stackKeyId());
    if (!key) throw new Error('The stack has no key.');
    return {
      ...row,
      dataKey: { B: keys.encrypt(key, Buffer.from(dataKey, 'base64'), { userId, sessionId }) },
    };
  }

  test('recorded revocations and sessions are answered unchanged', async () => {
    for (const [path, { status, body }] of Object.entries(version.answers)) {
      const answer = await running.ask('GET', path);
      expect([path, answer.status, fixedOf(answer.body)]).toEqual([path, status, fixedOf(body)]);
    }
    expect(Object.keys(version.answers).length).toBeGreaterThan(20);
  });

  test('lists by time have only what is recorded from now on', async () => {
    const [from, to] = [-1, 30].map((days) => new Date(version.recordedAt + days * 86_400_000).toISOString());
    const list = async () =>
      (await running.ask('GET', `/revocations?from=${from}&to=${to}`)).body.revocations;
    expect(await list()).toEqual([]);
    const { body } = await running.post({ userId: USER_ID });
    expect(await list()).toMatchObject([{ revocationId: body.revocationId }]);
  });

  test('all sealed tokens can be opened', async () => {
    const endpoint = running.stack.endpoints.AWS_ENDPOINT_URL_KMS ?? '';
    const kms = new KMSClient({ endpoint, region: 'us-east-1', credentials });
    for (const row of sessions.map(underOurKey)) {
      const place = { userId: row.userId?.S ?? '', sessionId: row.sessionId?.S ?? '' };
      const sealed = {
        ciphertext: row.ciphertext?.B ?? new Uint8Array(),
        dataKey: row.dataKey?.B ?? new Uint8Array(),
      };
      const tokens = await kmsOpener(kms).open(sealed, place, signal);
      expect(hashOf(tokens.accessToken.reveal())).toBe(place.sessionId);
    }
    kms.destroy();
    expect(sessions.length).toBeGreaterThan(5);
  });

  test('all messages are understood, and unfinished revocations complete', async () => {
    for (const [part, bodies] of Object.entries(version.messages)) {
      const queue = running.stack.emulator.queues.byUrl(running.queue(part).url);
      for (const body of bodies) queue?.send(body);
    }
    const pass = (millis: number) => {
      elapsed += millis;
    };
    await workedOff(running, pass, 60);
    // That version had no queue for jobs of everyone: they were in the queue of removals. The redrive moves them to
    // their own queue.
    const { queues } = running.stack.emulator;
    const [deadLetters, bulk] = ['RevocationsDeadLetters', 'BulkQueue'].map((part) =>
      queues.byUrl(running.queue(part).url),
    );
    const moved = deadLetters && queues.redrive(deadLetters, bulk).moved;
    expect(moved).toBe(version.messages.BulkQueue ? 0 : ofEveryone(version).length);
    await workedOff(running, pass, 60);
    for (const [id, queue] of Object.entries(running.stack.queues))
      if (queue.isForDeadLetters) expect([id, queue.counts().visible]).toEqual([id, 0]);
    for (const path of Object.keys(version.answers).filter((one) => /^\/revocations\//.test(one))) {
      const { status, body } = await running.ask('GET', path);
      expect([path, status, body.status]).not.toEqual([path, 200, 'IN_PROGRESS']);
    }
    expect(running.seen.filter((line) => /"unreadable":[1-9]/.test(line))).toEqual([]);
  }, 90_000);
});

/** The jobs of revoking everyone, and those of each user that belong to them. */
function ofEveryone({ messages }: RecordedVersion): string[] {
  return Object.values(messages)
    .flat()
    .filter((body) => /"kind":"revoke-everyone"|"everyoneId"/.test(body));
}
