import { apiCallEvent, identityStoreEvent } from '../support/events.ts';
import { type RunningStack, startWithQueueClock, until, workedOff } from '../support/running-stack.ts';
import { everything } from '../support/synth.ts';

let running: RunningStack;
let pass: (millis: number) => void;

beforeAll(async () => {
  ({ running, pass } = await startWithQueueClock());
}, 30_000);
afterAll(() => running.close());

const quiet = () => workedOff(running, pass);

/** How often the identity store was asked for a user. */
const questions = () =>
  running.stack.calls.list().filter(({ action }) => action === 'identitystore:DescribeUser').length;

/**
 * Sends what a synchronization of the directory causes: one change of each user, as an event of CloudTrail and one of
 * the store.
 */
async function change(userIds: string[]): Promise<void> {
  const events = userIds.flatMap((userId, n) => [
    { ...apiCallEvent('identitystore-scim', 'PatchUser', { id: userId }), id: `change-${n}` },
    { ...identityStoreEvent('User Updated', { userId }), id: `native-${n}` },
  ]);
  // CloudTrail delivers late.
  await running.putEventsOf(new Date(Date.now() - 5_000), ...events);
}

const told = (kind: string) => running.seen.filter((line) => line.includes(`"kind":"${kind}"`)).length;

test('100 changes of the same user cost at most one lookup per worker', async () => {
  const { userId } = running.stack.users.create({ userName: 'changed' });
  await change(Array.from({ length: 100 }, () => userId));
  await until('all are worked off', () => told('ignored') >= 200);
  expect(questions()).toBeGreaterThan(0);
  expect(questions()).toBeLessThanOrEqual(2);
  await quiet();
});

test("lookups for changes of many users stay within the workers' share of the rate", async () => {
  const before = questions();
  const people = Array.from({ length: 60 }, (_, n) =>
    running.stack.users.create({ userName: `person-${n}` }),
  );
  const begun = performance.now();
  await change(people.map(({ userId }) => userId));
  await until('all are asked about', () => questions() - before >= 60);
  // The first lookup of each of the two workers need not wait.
  const perSecond = 58 / ((performance.now() - begun) / 1000);
  expect(perSecond).toBeLessThanOrEqual(everything.directoryCallsPerSecond * 0.3);
  await quiet();
});
