import { randomUUID } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { retryDelaySeconds } from '../../lambda/domain/detect/retry-delay.ts';
import type { FaultSetting } from '../../local/emulators/ground/faults.ts';
import { alarmNamed, type Datapoint, publishedIn, wouldFire } from '../support/alarms.ts';
import { userRemovedEvent } from '../support/events.ts';
import { type RunningStack, startWithClock, until, workedOff } from '../support/running-stack.ts';

// Each alarm on what the functions publish is caused here, in the synthesized stack, but for the room of the policies:
// test/lambda/handlers/full-policies.test.ts. Not caused, because AWS publishes what they watch and the local run does not: the
// age of SQS's oldest message, and Lambda's `Errors` and `Invocations`. What these watch is in test/infra/alarms.test.ts, and that
// functions throw where they should is in test/lambda/handlers/.

// The SDK waits between its attempts.
jest.setTimeout(30_000);

let running: RunningStack;
let pass: (millis: number) => void;
let clock: () => number;

beforeAll(async () => {
  ({ running, pass, clock } = await startWithClock());
});
afterAll(() => running.close());

afterEach(async () => {
  faultLogout({ fault: 'none' });
  await workedOff(running, pass);
  running.seen.splice(0);
});

/** Whoever was removed before cannot register again. */
let people = 0;
const somebody = () => {
  people += 1;
  return running.register(`person-${people}`);
};

const points = (): Datapoint[] => publishedIn(running.seen);
const fires = (id: string) => wouldFire(alarmNamed(id), points());

const faultLogout = (setting: Omit<FaultSetting, 'operation'>) =>
  running.stack.emulator.faults.set({ operation: 'logout', ...setting });

/** Has a removal tried so many times, each as soon as the delay of its message is over. */
async function tried(times: number): Promise<void> {
  const attempts = () => points().filter(({ metric }) => metric === 'Message:not-ended').length;
  for (let attempt = 1; attempt <= times; attempt += 1) {
    await until(`attempt ${attempt}`, () => attempts() >= attempt);
    if (attempt < times) pass(retryDelaySeconds(attempt) * 1_000);
  }
}

// First: what is asked of the portal in vain in another test may be counted a moment later.
test('one answer of the portal that was lost raises no alarm', async () => {
  const { userId } = await somebody();
  faultLogout({ fault: 'fail', times: 3 });
  await running.putEventsOf(new Date(clock()), userRemovedEvent({ userId }));
  await workedOff(running, pass);
  expect(fires('WorkerPortalFails')).toBe(false);
});

test.each<[FaultSetting['fault'], string]>([
  ['fail', 'WorkerPortalFails'],
  ['throttle', 'WorkerPortalThrottles'],
])(
  'if the portal answers a removal with %s, %s is raised within five minutes, and the other alarm is not',
  async (fault, id) => {
    const { userId } = await somebody();
    faultLogout({ fault });
    const began = clock();
    await running.putEventsOf(new Date(clock()), userRemovedEvent({ userId }));
    await tried(5);
    expect(fires(id)).toBe(true);
    const within = points().filter(({ at }) => at < began + 5 * 60_000);
    expect(wouldFire(alarmNamed(id), within)).toBe(true);
    expect(fires(id === 'WorkerPortalFails' ? 'WorkerPortalThrottles' : 'WorkerPortalFails')).toBe(false);
    expect(fires('RetriedRemoval')).toBe(false);
  },
);

test('a removal that is tried in vain for more than five minutes raises an alarm, though SQS leaves it out of the age', async () => {
  const { userId } = await somebody();
  faultLogout({ fault: 'fail' });
  await running.putEventsOf(new Date(clock()), userRemovedEvent({ userId }));
  await tried(7);
  expect(fires('RetriedRemoval')).toBe(true);
  expect(fires('RetriedBulk')).toBe(false);
});

test('a removal that comes late raises an alarm when it is done; one that comes at once does not', async () => {
  const [late, atOnce] = [await somebody(), await somebody()];
  await running.putEventsOf(new Date(clock()), userRemovedEvent({ userId: atOnce.userId }));
  await workedOff(running, pass);
  expect(fires('SlowRemoval')).toBe(false);
  await running.putEventsOf(new Date(clock() - 20 * 60_000), userRemovedEvent({ userId: late.userId }));
  await workedOff(running, pass);
  expect(fires('SlowRemoval')).toBe(true);
});

test('a removal that names nobody raises an alarm', async () => {
  await running.putEventsOf(new Date(clock()), userRemovedEvent({ userName: 'nobody@example.com' }));
  await workedOff(running, pass);
  expect(fires('WorkerNobody')).toBe(true);
});

test('whoever registers a session for somebody else raises an alarm; whoever registers their own does not', async () => {
  const [own, other] = [running.stack.emulator.signIns.signIn(), await somebody()];
  await running.registerOwn(own);
  expect(fires('NotYourSession')).toBe(false);
  const { status } = await running.ask(
    'PUT',
    '/sessions',
    { ...own, userId: other.userId },
    await running.signedBy(own),
  );
  expect(status).toBe(403);
  expect(fires('NotYourSession')).toBe(true);
});

test('if the portal fails requests to the API, the alarm of that function is raised', async () => {
  const { file } = await somebody();
  faultLogout({ fault: 'fail' });
  expect(await running.post({ accessToken: file.accessToken })).toMatchObject({ status: 503 });
  pass(60_000);
  expect(await running.post({ accessToken: file.accessToken })).toMatchObject({ status: 503 });
  expect(fires('RevokePortalFails')).toBe(true);
  const answered = running.seen.filter((line) => /"message":"answered".*"status":5/.test(line));
  const failures = answered.map((_, at) => ({ metric: '5xx', service: '', at, values: [1] }));
  expect(wouldFire(alarmNamed('ApiFailures'), failures)).toBe(true);
  expect(fires('RevokePortalThrottles')).toBe(false);
}, 30_000);

test('a session that the portal finally rejects raises the alarm of whoever was to end it', async () => {
  const [first, second] = [await somebody(), await somebody()];
  faultLogout({ fault: 'reject' });
  await running.putEventsOf(new Date(clock()), userRemovedEvent({ userId: first.userId }));
  await workedOff(running, pass);
  expect(fires('WorkerRejected')).toBe(true);
  expect(fires('RevokeRejected')).toBe(false);
  await running.post({ userId: second.userId });
  expect(fires('RevokeRejected')).toBe(true);
});

test('a job of signing out everyone that is tried in vain for a quarter of an hour raises its alarm, and not that of removals', async () => {
  const { userId } = await somebody();
  faultLogout({ fault: 'fail' });
  await running.ask('POST', '/revocations/everyone', { reason: 'a drill' });
  const attempts = () =>
    running.seen.filter((line) => line.includes(userId) && line.includes('"kind":"not-ended"')).length;
  await until('the first attempt', () => attempts() >= 1);
  expect(fires('RetriedBulk')).toBe(false);
  pass(15 * 60_000);
  // The metric is written when the function ends, after the line of the attempt.
  await until('the alarm on one after a quarter of an hour', () => fires('RetriedBulk'));
  expect(fires('RetriedRemoval')).toBe(false);
});

test('access that cannot be taken away raises an alarm', async () => {
  const { users, groups } = running.stack;
  const externalIds = [{ issuer: 'https://scim.example.com', id: 'developers' }];
  const { groupId } = groups.create({ displayName: 'from elsewhere', externalIds });
  const { userId } = users.create({ userName: 'left-behind' });
  groups.join(groupId, userId);
  await running.putEventsOf(new Date(clock()), userRemovedEvent({ userId }));
  await workedOff(running, pass);
  expect(fires('AccessLeft')).toBe(true);
});

test('a damaged entry of the deny list raises an alarm', async () => {
  const Item = marshall({ userId: 'nobody', revocationId: 'nothing' });
  await running.dynamo.send(new PutItemCommand({ TableName: running.table('DenyList'), Item }));
  const { userId } = await somebody();
  await running.post({ userId });
  await workedOff(running, pass);
  expect(fires('DenyListDamaged')).toBe(true);
  expect(fires('DenyListNotDenied')).toBe(false);
});

test('a message that is given up raises the alarm of its dead-letter queue', async () => {
  const event = { ...userRemovedEvent({ userId: 7 }), id: randomUUID() };
  await running.putEventsOf(new Date(clock()), event);
  await workedOff(running, pass);
  const deadLetters = Object.entries(running.stack.queues).find(([id]) =>
    /Revocations.*DeadLetters/.test(id),
  );
  const values = [deadLetters?.[1].counts().visible ?? 0];
  const metric = 'ApproximateNumberOfMessagesVisible';
  expect(wouldFire(alarmNamed('RevocationsDeadLettersAlarm'), [{ metric, service: '', at: 0, values }])).toBe(
    true,
  );
});
