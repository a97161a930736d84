import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSOClient } from '@aws-sdk/client-sso';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ssoPortal } from '../../lambda/aws/identity-center/portal.ts';
import { sqsReconciler } from '../../lambda/aws/job-queue.ts';
import { dynamoRevocationRecords } from '../../lambda/aws/records/records.ts';
import { dynamoDenyList } from '../../lambda/aws/role-sessions/deny-list.ts';
import { dynamoTokenCache } from '../../lambda/aws/token-cache/token-cache.ts';
import {
  type RegisterSessionRequest,
  registerSession,
} from '../../lambda/domain/register/register-session.ts';
import { revokeSession } from '../../lambda/domain/revoke/revoke-session.ts';
import type { Denying } from '../../lambda/domain/role-sessions/deny-list.ts';
import { Secret } from '../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../lambda/domain/session.ts';
import type { Regions } from '../../lambda/domain/sessions/end-session.ts';
import { type Emulators, startEmulators } from '../../local/emulators/server.ts';
import { ampleTime, fakeCipher, fakeTokenService } from '../support/fakes.ts';
import { aRegistration, registeringWorld } from '../support/registering.ts';
import { Recorder, sequentialRoundTrips, type TimedCall } from '../support/round-trips.ts';
import { startTables, type Tables } from '../support/tables.ts';
import { unwatched } from '../support/unwatched.ts';

interface Call extends TimedCall {
  /** Units of the table alone. */
  capacityUnits?: number;
}

/** Records every call of a client: when it began and ended, by a counter of these events, and what DynamoDB charges. */
function record(client: SSOClient | DynamoDBClient | SQSClient, calls: Call[], tick: () => number): void {
  const { middlewareStack } = client as SSOClient;
  middlewareStack.add(
    (next, context) => async (args) => {
      if (context.clientName === 'DynamoDBClient')
        Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      const startedAt = tick();
      let capacityUnits = 0;
      try {
        const result = await next(args);
        // The outputs of all clients. Only those of DynamoDB have this field.
        const { ConsumedCapacity } = result.output as { ConsumedCapacity?: { CapacityUnits: number } };
        capacityUnits = ConsumedCapacity?.CapacityUnits ?? 0;
        return result;
      } finally {
        // A failed condition takes as long as a call that succeeds.
        calls.push({ name: String(context.commandName), startedAt, endedAt: tick(), capacityUnits });
      }
    },
    { step: 'initialize' },
  );
}

const writes = ['PutItemCommand', 'UpdateItemCommand', 'DeleteItemCommand'];
const writeUnits = (calls: Call[]) =>
  calls
    .filter(({ name }) => writes.includes(name))
    .reduce((sum, { capacityUnits = 0 }) => sum + capacityUnits, 0);

let emulator: Emulators;
let tables: Tables;
let sso: SSOClient;
let sqs: SQSClient;
let denying: Denying;
let calls: Call[];
let event = 0;
const tick = () => event++;

beforeAll(async () => {
  [emulator, tables] = await Promise.all([startEmulators(), startTables()]);
  sso = new SSOClient({ endpoint: emulator.url, region: 'eu-west-1' });
  sqs = new SQSClient({ endpoint: emulator.url, region: 'eu-west-1' });
  denying = {
    list: dynamoDenyList(tables.client, tables.denyList),
    reconciler: sqsReconciler(sqs, denyListQueue(), () => new Date()),
  };
  calls = [];
  for (const client of [sso, sqs, tables.client]) record(client, calls, tick);
});
afterAll(() => Promise.all([emulator.close(), tables.close()]));
beforeEach(() => void calls.splice(0));

/** @returns its URL */
function denyListQueue(): string {
  const name = 'deny-list.fifo';
  const url = `${emulator.url}/000000000000/${name}`;
  emulator.queues.define({
    name,
    url,
    arn: `arn:aws:sqs:eu-west-1:000000000000:${name}`,
    visibilityTimeoutSeconds: 60,
    delaySeconds: 3,
    retentionSeconds: 3_600,
    waitSeconds: 0,
    fifo: { contentBasedDeduplication: true },
  });
  return url;
}

function revoke(accessToken: Secret, more: { userId?: string; denying?: Denying } = {}) {
  const cipher = fakeCipher();
  const deps = {
    clock: () => new Date(),
    portal: ssoPortal(() => sso, ['eu-west-1'], unwatched),
    portalRegions: ['eu-west-1'] as Regions,
    tokenService: fakeTokenService(),
    tokenCache: dynamoTokenCache(tables.client, tables.tokenCache),
    records: dynamoRevocationRecords(tables.client, tables.revocations, 400),
    opener: cipher,
    sealer: cipher,
    portalSessionSeconds: 28_800,
    maxRoleSessionSeconds: 43_200,
    denying: more.denying,
  };
  const requestedBy =
    'arn:aws:sts::000000000000:assumed-role/offboarding-workflow-of-some-length/a-session-name';
  const { userId } = more;
  return revokeSession(deps, { accessToken, reason: 'left the company', requestedBy, userId }, ampleTime());
}

const signIn = () => new Secret(emulator.signIns.signIn().accessToken);

test('without a cached copy: two sequential round trips, two write units', async () => {
  await revoke(signIn());
  expect(calls.map(({ name }) => name).sort()).toEqual([
    'LogoutCommand',
    'PutItemCommand',
    'PutItemCommand',
    'QueryCommand',
    'QueryCommand',
  ]);
  expect(sequentialRoundTrips(calls)).toBe(2);
  expect(writeUnits(calls)).toBe(2);
});

test('with a cached copy: its registration is read beside Logout, and a third round trip deletes it', async () => {
  const token = signIn();
  const row = { userId: 'u1', sessionId: sessionIdOf(token), ciphertext: new Uint8Array(600) };
  await tables.client.send(new PutItemCommand({ TableName: tables.tokenCache, Item: marshall(row) }));
  calls.splice(0);
  const { revocation, cachedCopyDeleted } = await revoke(token);
  expect(cachedCopyDeleted).toBe(true);
  expect(revocation.subject).toMatchObject({ userId: 'u1' });
  expect(calls.filter(({ name }) => name === 'DeleteItemCommand')).toHaveLength(1);
  const [reads, others] = [true, false].map((isRead) =>
    calls.filter(({ name }) => (name === 'QueryCommand') === isRead),
  );
  expect(reads).toHaveLength(3);
  // Two of the reads come one after the other. At AWS, Logout takes longer than both.
  expect(sequentialRoundTrips(reads ?? [])).toBe(2);
  expect(sequentialRoundTrips(others ?? [])).toBe(3);
  const logout = calls.find(({ name }) => name === 'LogoutCommand');
  expect(reads?.filter(({ startedAt }) => startedAt < (logout?.endedAt ?? 0)).length).toBeGreaterThan(1);
});

test('with a user for the deny list: still two round trips, and one more write unit', async () => {
  const userId = '0a1b2c3d-1111-4222-8333-444455556666';
  await revoke(signIn(), { userId });
  const without = writeUnits(calls);
  calls.splice(0);
  await revoke(signIn(), { userId, denying });
  expect(calls.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['UpdateItemCommand', 'SendMessageCommand']),
  );
  expect(sequentialRoundTrips(calls)).toBe(2);
  expect(writeUnits(calls)).toBe(without + 1);
});

test('a repetition: one round trip, no write', async () => {
  const token = signIn();
  await revoke(token);
  calls.splice(0);
  await revoke(token);
  expect(sequentialRoundTrips(calls)).toBe(1);
  expect(writeUnits(calls)).toBe(0);
});

/** Registers a session. Portal, directory and cipher answer as quickly as the table. */
async function register(overrides: Partial<RegisterSessionRequest> = {}) {
  const world = registeringWorld();
  const recorder = new Recorder(calls, tick);
  const deps = {
    ...world,
    portal: recorder.of('portal', world.portal),
    directory: world.directory && recorder.of('directory', world.directory),
    sealer: recorder.of('sealer', world.sealer),
    tokenCache: dynamoTokenCache(tables.client, tables.tokenCache),
    records: dynamoRevocationRecords(tables.client, tables.revocations, 400),
  };
  return registerSession(deps, aRegistration(overrides), ampleTime());
}

test('registering: three sequential round trips, with the table as with the fakes, and one write', async () => {
  const accessToken = signIn();
  expect(await register({ accessToken })).toMatchObject({ isNew: true });
  expect(calls.map(({ name }) => name).toSorted()).toEqual([
    'GetItemCommand',
    'PutItemCommand',
    'QueryCommand',
    'QueryCommand',
    'QueryCommand',
    'directory.userOf',
    'portal.accepts',
    'sealer.seal',
  ]);
  expect(sequentialRoundTrips(calls)).toBe(3);
  expect(writeUnits(calls)).toBe(1);
});

test('registering by user name, or again: one more round trip', async () => {
  const accessToken = signIn();
  await register({ accessToken, owner: { user: { userName: 'alice' } } });
  expect(sequentialRoundTrips(calls)).toBe(4);
  calls.splice(0);
  expect(await register({ accessToken })).toMatchObject({ isNew: false });
  expect(sequentialRoundTrips(calls)).toBe(4);
});

test('the measure counts parallel calls as one round trip, and sequential calls one by one', () => {
  const call = (startedAt: number, endedAt: number): TimedCall => ({ name: '', startedAt, endedAt });
  expect(sequentialRoundTrips([call(0, 3), call(1, 2)])).toBe(1);
  expect(sequentialRoundTrips([call(0, 1), call(2, 3), call(4, 5)])).toBe(3);
});
