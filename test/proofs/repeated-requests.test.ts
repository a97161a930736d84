import { hashOf } from '../../local/ground/token-hash.ts';
import { type Held, holdSessions } from '../support/held-rows.ts';
import { type RunningStack, startWithClock, workedOff } from '../support/running-stack.ts';

const MINUTE = 60_000;

let running: RunningStack;
let pass: (millis: number) => void;

beforeAll(async () => {
  ({ running, pass } = await startWithClock());
}, 30_000);
afterAll(() => running.close());

const isAlive = ({ file }: Held) => running.stack.emulator.signIns.userOf(file.accessToken) !== undefined;

function logoutsOf({ file }: Held): (number | null)[] {
  const requests = running.stack.emulator.requestsAbout(hashOf(file.accessToken));
  return requests.filter(({ operation }) => operation === 'logout').map(({ status }) => status);
}

test('six parallel requests with one key make one revocation, and one Logout for each of a hundred sessions', async () => {
  const sessions = await holdSessions(running, Array(100).fill('busy@example.com'));
  const userId = sessions[0]?.userId ?? '';
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'case-4711' };
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => running.post({ userId, reason: 'left' }, headers)),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(202));
  // Not faster: the functions have this clock, too, and on a busy machine a run would outlive its lease.
  await workedOff(running, () => pass(100));

  const { revocations } = (await running.ask('GET', `/revocations?userId=${userId}`)).body;
  const sessionsEnded = { found: 100, loggedOut: 100, alreadyInvalid: 0, pending: 0, failed: 0 };
  expect(revocations).toMatchObject([{ status: 'COMPLETED', sessions: sessionsEnded }]);
  for (const { body } of answers) expect(body.revocationId).toBe(revocations[0].revocationId);
  const logouts = sessions.flatMap(logoutsOf);
  expect([logouts.length, new Set(logouts)]).toEqual([100, new Set([200])]);
}, 60_000);

const pressRedButton = () => running.ask('POST', '/revocations/everyone', { reason: 'breach' });
const read = async (revocationId: string) => (await running.ask('GET', `/revocations/${revocationId}`)).body;

test('if the red button could not be queued and was pressed again, the sweep signs nobody out a second time', async () => {
  const userNames = ['one@example.com', 'two@example.com', 'three@example.com'];
  const before = await holdSessions(running, userNames);
  running.stack.emulator.faults.set({ operation: 'sqs', fault: 'fail' });
  expect(await pressRedButton()).toMatchObject({ status: 503, body: { code: 'queue-unavailable' } });
  running.stack.emulator.faults.set({ operation: 'sqs', fault: 'none' });
  const [first] = (await running.rows('TokenCache')).filter(({ userId }) => userId === '#EVERYONE');
  const second = await pressRedButton();
  expect(second.status).toBe(202);
  await workedOff(running, pass);
  expect(await read(second.body.revocationId)).toMatchObject({
    status: 'COMPLETED',
    sessions: { found: 3, loggedOut: 3 },
  });
  expect(before.map(isAlive)).toEqual([false, false, false]);

  // Longer than the fence of a sign-out lasts.
  pass(6 * MINUTE);
  const again: Held[] = [];
  for (const userName of userNames) again.push(await running.register(userName));
  pass(31 * MINUTE);
  const sweep = running.stack.schedules.logicalIds.find((id) => id.includes('Sweep'));
  await running.stack.schedules.run(sweep ?? '');
  await workedOff(running, pass);

  expect(await read(String(first?.sessionId))).toMatchObject({
    status: 'NOTHING_HELD',
    sessions: { found: 0 },
  });
  expect(again.map(isAlive)).toEqual([true, true, true]);
  expect(again.flatMap(logoutsOf)).toEqual([]);
  for (const { userId } of again) {
    const { sessions } = (await running.ask('GET', `/sessions?userId=${userId}`)).body;
    expect(sessions).toHaveLength(1);
  }
}, 60_000);
