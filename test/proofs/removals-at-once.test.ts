import { messagesDone, policyTextOf, roleSessionsOf } from '../support/denials.ts';
import { userRemovedEvent } from '../support/events.ts';
import { type RunningStack, startWithQueueClock, until } from '../support/running-stack.ts';

let running: RunningStack;
let pass: (millis: number) => void;

beforeAll(async () => {
  ({ running, pass } = await startWithQueueClock());
}, 30_000);
afterAll(() => running.close());

const organizations = () => running.stack.emulator.organizations;
const policyText = () => policyTextOf(running);

test('fifty removals at once: nobody is lost, and the policy is changed a handful of times', async () => {
  const users = await Promise.all(
    Array.from({ length: 50 }, (_, n) => running.register(`leaver-${n}@example.com`)),
  );
  await running.putEvents(...users.slice(0, 10).map(({ userId }) => userRemovedEvent({ userId })));
  for (let from = 10; from < 50; from += 10) {
    const some = users.slice(from, from + 10);
    await running.putEvents(...some.map(({ userId }) => userRemovedEvent({ userId })));
  }
  // A message that wakes the reconciler stands for all entries of its two seconds, which the functions measure by the
  // computer's clock: set forward before all are entered, that of the queue would deliver it too early.
  await until('all are entered', () => messagesDone(running) === 50);
  const statement = () => JSON.parse(policyText()).Statement[0].Condition.StringEquals;
  const denied = () => statement()['identitystore:UserId'].length - 1;
  await until(
    'all are denied',
    () => {
      pass(1_000);
      return denied() === 50;
    },
    60,
  );
  expect(users.filter(({ userId }) => !policyText().includes(userId))).toEqual([]);
  expect(organizations().updates.length).toBeLessThanOrEqual(5);
  for (const { userId } of users) {
    const isDenied = async () => (await roleSessionsOf(running, userId)).every(({ deniedAt }) => deniedAt);
    await until('the record says so', isDenied, 60);
  }
}, 120_000);
