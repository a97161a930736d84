import type { RevocationPage } from '../../lambda/domain/record/read-revocation.ts';
import { userRemovedEvent } from '../support/events.ts';
import { type RunningStack, start, until } from '../support/running-stack.ts';

/** Of queues and schedules; the functions have the computer's. */
let elapsed = 0;
let running: RunningStack;

beforeAll(async () => {
  running = await start({}, () => Date.now() + elapsed);
}, 30_000);
afterAll(() => running.close());

const organizations = () => running.stack.emulator.organizations;
const policyText = () => organizations().contentOf(organizations().all()[0]?.policyId ?? '') ?? '';

async function rolesSessionsOf(userId: string): Promise<RevocationPage['roleSessions'][]> {
  const { body } = await running.ask('GET', `/revocations?userId=${userId}`);
  return body.revocations.map(({ roleSessions }: RevocationPage) => roleSessions);
}

/** Messages that the workers are done with; those of taking access away are others. */
const messagesDone = () =>
  running.seen.filter((line) => line.includes('"message":"message"') && line.includes('"service":"work"'))
    .length;

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
  await until('all are entered', () => messagesDone() === 50);
  const statement = () => JSON.parse(policyText()).Statement[0].Condition.StringEquals;
  const denied = () => statement()['identitystore:UserId'].length - 1;
  await until(
    'all are denied',
    () => {
      elapsed += 1_000;
      return denied() === 50;
    },
    60,
  );
  expect(users.filter(({ userId }) => !policyText().includes(userId))).toEqual([]);
  expect(organizations().updates.length).toBeLessThanOrEqual(5);
  for (const { userId } of users) {
    const isDenied = async () => (await rolesSessionsOf(userId)).every(({ deniedAt }) => deniedAt);
    await until('the record says so', isDenied, 60);
  }
}, 120_000);
