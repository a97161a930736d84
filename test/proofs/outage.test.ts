import type { Revocation } from '../../lambda/domain/record/describe-revocation.ts';
import { userRemovedEvent } from '../support/events.ts';
import { type RunningStack, startWithQueueClock, until } from '../support/running-stack.ts';

const MINUTE = 60_000;

let running: RunningStack;
let pass: (millis: number) => void;

beforeAll(async () => {
  ({ running, pass } = await startWithQueueClock());
}, 30_000);
afterAll(() => running.close());
afterEach(() => running.stack.emulator.faults.set({ operation: 'logout', fault: 'none' }));

async function revocationsOf(userId: string): Promise<Revocation[]> {
  return (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations;
}

/** How often a worker failed and left the message to return after its visibility timeout. */
const failures = () => running.seen.filter((line) => line.includes('"kind":"not-ended"')).length;

test("after the portal was down for ten minutes, every session is revoked without a person's help", async () => {
  const { userId, file } = await running.register('outage@example.com');
  await running.register('outage@example.com');
  running.stack.emulator.faults.set({ operation: 'logout', fault: 'fail' });
  await running.putEvents(userRemovedEvent({ userId }));
  for (let minutes = 0; minutes < 10; minutes += 6.1) {
    const before = failures();
    await until('the workers have tried in vain', () => failures() > before);
    expect(await revocationsOf(userId)).toMatchObject([{ status: 'IN_PROGRESS', sessions: { pending: 2 } }]);
    pass(6.1 * MINUTE);
  }
  running.stack.emulator.faults.set({ operation: 'logout', fault: 'none' });
  pass(6.1 * MINUTE);
  await until('it is completed', async () => (await revocationsOf(userId))[0]?.status === 'COMPLETED');
  expect(await revocationsOf(userId)).toMatchObject([{ sessions: { found: 2, loggedOut: 2, pending: 0 } }]);
  expect(running.stack.emulator.signIns.userOf(file.accessToken)).toBeUndefined();
}, 60_000);

test('a revocation that never succeeds is FAILED in the dead-letter queue, and completes when it is redriven', async () => {
  const { userId } = await running.register('resisting@example.com');
  const deadLetters = running.queue('RevocationsDeadLetters');
  // When throttled, the SDK waits a second or two; when the portal fails, hardly at all. Throttling twelve times would
  // take long.
  const resist = (receives: number) => {
    const fault = receives === 1 || receives === 12 ? 'throttle' : 'fail';
    running.stack.emulator.faults.set({ operation: 'logout', fault });
  };
  resist(1);
  await running.putEvents(userRemovedEvent({ userId }));
  const before = failures();
  for (let receives = 1; receives <= 12; receives += 1) {
    await until(`receive no. ${receives} has failed`, () => failures() === before + receives);
    resist(receives + 1);
    pass(6.1 * MINUTE);
  }
  await until('it is given up', () => deadLetters.counts().visible === 1);
  expect(await revocationsOf(userId)).toMatchObject([
    { status: 'FAILED', sessions: { found: 1, failed: 1 } },
  ]);

  running.stack.emulator.faults.set({ operation: 'logout', fault: 'none' });
  await running.callAws('AmazonSQS.StartMessageMoveTask', { SourceArn: deadLetters.arn });
  await until('it is completed', async () => (await revocationsOf(userId))[0]?.status === 'COMPLETED');
  expect(await revocationsOf(userId)).toMatchObject([{ sessions: { found: 1, loggedOut: 1, failed: 0 } }]);
}, 60_000);

describe('an expired access token with a valid refresh token', () => {
  test('of a registered session: the session is ended', async () => {
    const { userId, file } = await running.register('refreshing@example.com');
    pass(61 * MINUTE);
    expect(running.stack.emulator.signIns.userOf(file.accessToken)).toBeUndefined();
    const { body } = await running.ask('POST', '/revocations', { userId });
    expect(body.sessions).toMatchObject({ found: 1, loggedOut: 1 });
    const { clientId, refreshToken } = file;
    expect(running.stack.emulator.signIns.refresh(clientId, refreshToken)).toBeUndefined();
  });

  test('in a posted token-cache file: the session is ended', async () => {
    const file = running.stack.emulator.signIns.signIn();
    pass(61 * MINUTE);
    expect(await running.post(file)).toMatchObject({
      status: 200,
      body: { sessions: { found: 1, loggedOut: 1 } },
    });
    expect(running.stack.emulator.signIns.refresh(file.clientId, file.refreshToken)).toBeUndefined();
  });
});
