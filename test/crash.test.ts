import { type Emulators, startEmulators } from '../local/emulators/server.ts';
import { hashOf } from '../local/emulators/sign-ins.ts';
import { startDynamoDb } from '../local/tables.ts';
import { type Gate, startGate } from './support/dynamodb-gate.ts';
import { functionId, type RunningStack, start } from './support/running-stack.ts';

let dynamo: Awaited<ReturnType<typeof startDynamoDb>>;
let emulator: Emulators;
let gate: Gate;
let running: RunningStack;

beforeAll(async () => {
  [dynamo, emulator] = await Promise.all([startDynamoDb(), startEmulators()]);
  gate = await startGate(dynamo.url);
  running = await start({
    AWS_ENDPOINT_URL_DYNAMODB: gate.url,
    AWS_ENDPOINT_URL_SSO: emulator.url,
    AWS_ENDPOINT_URL_SSO_OIDC: emulator.url,
  });
}, 30_000);
afterAll(async () => {
  await running.close();
  await Promise.all([gate.close(), emulator.close(), dynamo.close()]);
});

/** Ends the revoking function's thread, as Lambda does when its sandbox dies. */
function crash(): Promise<number> {
  return running.stack.functions.crash(functionId('Revoke'));
}

test.each([
  ['before', 'Query', 'the look-ups, beside Logout'],
  ['before', 'PutItem', 'Logout'],
  ['after', 'PutItem', 'the first write of the record'],
  ['before', 'DeleteItem', 'the record'],
  ['after', 'DeleteItem', 'the delete'],
] as const)(
  'a crash %s %s (after %s): the repetition completes the rest',
  async (when, operation, _after) => {
    const file = emulator.signIns.signIn();
    const sessionId = hashOf(file.accessToken);
    await running.cache(file.accessToken);
    gate.at(when, operation, crash);

    const crashed = await running.post(file);
    expect(crashed.status).toBe(500);

    const repeated = await running.post(file);
    expect(repeated.status).toBe(200);
    expect(repeated.body).toMatchObject({
      status: 'COMPLETED',
      sessions: { found: 1, pending: 0, failed: 0 },
    });
    expect(emulator.signIns.userOf(file.accessToken)).toBeUndefined();
    const rows = (await running.rows('Records')).filter(({ revocationId }) => revocationId === sessionId);
    expect(rows.map(({ entry }) => entry).sort()).toEqual(['REVOCATION', `SESSION#${sessionId}`]);
    expect(await running.rows('TokenCache')).toEqual([]);
    const successes = emulator.requests.filter(
      (request) => request.sessionId === sessionId && request.status === 200,
    );
    expect(successes).toHaveLength(1);
  },
);
