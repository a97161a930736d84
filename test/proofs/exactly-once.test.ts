import { setTimeout as timeout } from 'node:timers/promises';
import { marshall } from '@aws-sdk/util-dynamodb';
import { writeAll } from '../../lambda/aws/dynamo.ts';
import { dynamoRevocationRecords } from '../../lambda/aws/records/records.ts';
import { toRow } from '../../lambda/aws/token-cache/rows.ts';
import { dynamoTokenCache } from '../../lambda/aws/token-cache/token-cache.ts';
import { processMessage } from '../../lambda/domain/detect/process-message.ts';
import { derivedId } from '../../lambda/domain/ids.ts';
import type { Job } from '../../lambda/domain/job.ts';
import type { Portal } from '../../lambda/domain/ports.ts';
import { readRevocation } from '../../lambda/domain/record/read-revocation.ts';
import { requestEveryone } from '../../lambda/domain/revoke/request-everyone.ts';
import { Secret } from '../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../lambda/domain/session.ts';
import { alreadyInvalid, ampleTime, fakeWorld, loggedOut, type World } from '../support/fakes.ts';
import { someTokens } from '../support/sessions.ts';
import { startTables, type Tables } from '../support/tables.ts';

const PEOPLE = 40;
const SESSIONS_EACH = 25;
const { signal } = new AbortController();
let tables: Tables;

beforeAll(async () => {
  tables = await startTables();
}, 30_000);
afterAll(() => tables.close());

/** Like AWS's portal: it accepts each token once. */
function countingPortal() {
  const logouts: string[] = [];
  const ended = new Set<string>();
  const logout: Portal['logout'] = async (token) => {
    logouts.push(token.reveal());
    await timeout(2);
    const isFirst = !ended.has(token.reveal());
    ended.add(token.reveal());
    return isFirst ? loggedOut : alreadyInvalid;
  };
  return { logouts, logout };
}

/**
 * Delivers every message twice, to workers that process ten at a time. A message that returns is queued behind the
 * others.
 */
function queueToTwoWorkers() {
  const messages: string[] = [];
  const receives: string[] = [];
  async function work(world: World): Promise<void> {
    while (messages.length > 0) {
      const batch = messages.splice(0, 10);
      const done = await Promise.all(
        batch.map((body) => processMessage(world, body, ampleTime(), { lastAttempt: false })),
      );
      receives.push(...done.map(({ kind }) => kind));
      messages.push(...batch.filter((_, n) => ['waiting', 'not-ended'].includes(done[n]?.kind ?? '')));
      await timeout(1);
    }
  }
  return {
    receives,
    send: async (jobs: Job[]) =>
      void messages.push(...jobs.flatMap((job) => Array(2).fill(JSON.stringify(job)))),
    async workOff(world: World) {
      // Another worker may still send messages that this one does not see yet.
      while (messages.length > 0) await Promise.all([work(world), work(world)]);
    },
  };
}

/** Returns tokens as they are stored, in plain text. */
const opener: World['opener'] = {
  open: async ({ ciphertext }) => ({ accessToken: new Secret(Buffer.from(ciphertext).toString()) }),
};

async function holdSessions(userId: string): Promise<void> {
  const rows = someTokens(SESSIONS_EACH, userId).map((token) => {
    const row = { userId, sessionId: sessionIdOf(new Secret(token)) };
    const expiresAt = new Date(Date.now() + 3_600_000);
    const times = { registeredAt: new Date(0), accessTokenExpiresAt: expiresAt, expiresAt };
    const sealed = { ciphertext: Buffer.from(token), dataKey: Buffer.from('key') };
    return toRow({ ...row, ...times, sealed, refreshable: false, confirmed: true });
  });
  const requests = rows.map((row) => ({ PutRequest: { Item: marshall(row) } }));
  await writeAll(tables.client, tables.tokenCache, requests, signal);
}

/** The rows span several pages of the fan-out, each of a hundred, among notes and fences. */
test('with two workers and every message delivered twice, the red button logs each session out once and records exactly that', async () => {
  const { logout, logouts } = countingPortal();
  const queue = queueToTwoWorkers();
  const { portal, ...rest } = fakeWorld();
  const world: World = {
    ...rest,
    portal: { ...portal, logout },
    clock: () => new Date(),
    origin: 'bulk',
    opener,
    tokenCache: dynamoTokenCache(tables.client, tables.tokenCache),
    records: dynamoRevocationRecords(tables.client, tables.revocations, 400),
    queue: { ...queue, jobs: [] },
  };
  const users = Array.from(
    { length: PEOPLE },
    (_, n) => `0a1b2c3d-1111-4222-8333-${String(n).padStart(12, '0')}`,
  );
  for (const userId of users) await holdSessions(userId);
  const { revocationId } = await requestEveryone(
    world,
    { requestedBy: 'arn', reason: 'breach' },
    ampleTime(),
  );
  await queue.workOff(world);

  const ended = (found: number) => ({ found, loggedOut: found, alreadyInvalid: 0, pending: 0, failed: 0 });
  expect(logouts.length).toBe(PEOPLE * SESSIONS_EACH);
  expect(new Set(logouts).size).toBe(PEOPLE * SESSIONS_EACH);
  const read = (id: string) => readRevocation(world, id, { limit: 1_000 }, ampleTime());
  expect(await read(revocationId)).toMatchObject({ status: 'COMPLETED', sessions: ended(1_000) });
  for (const userId of users) {
    const own = await read(derivedId('user', 'everyone', revocationId, userId));
    expect(own).toMatchObject({ status: 'COMPLETED', sessions: ended(SESSIONS_EACH) });
  }
  // The second delivery did come during the first.
  expect(queue.receives).toContain('waiting');
}, 30_000);
