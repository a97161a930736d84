import { randomUUID } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { retryDelaySeconds } from '../../lambda/domain/detect/retry-delay.ts';
import type { FaultSetting } from '../../local/emulators/ground/faults.ts';
import { alarmNamed, type Datapoint, publishedIn, wouldFire } from '../support/alarms.ts';
import { userRemovedEvent } from '../support/events.ts';
import { type RunningStack, startWithClock, until, workedOff } from '../support/running-stack.ts';

// Causes each alarm on the metrics that functions publish, in the synthesized stack. The alarm on full policies is in
// test/lambda/handlers/full-policies.test.ts. AWS publishes the age of SQS's oldest message and Lambda's `Errors` and
// `Invocations`. The local run does not, so test/infra/alarms.test.ts checks what their alarms watch. The tests in
// test/lambda/handlers/ check that functions throw when they should.

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

/** Counts people: a removed user cannot register again, so each test needs new ones. */
let people = 0;
const somebody = () => {
  people += 1;
  return running.register(`person-${people}`);
};

const points = (): Datapoint[] => publishedIn(running.seen);
const fires = (id: string) => wouldFire(alarmNamed(id), points());

const faultLogout = (setting: Omit<FaultSetting, 'operation'>) =>
  running.stack.emulator.faults.set({ operation: 'logout', ...setting });

/** Has a removal tried so many times, each time as soon as the delay of its message has passed. */
async function tried(times: number): Promise<void> {
  const attempts = () => points().filter(({ metric }) => metric === 'Message:not-ended').length;
  for (let attempt = 1; attempt <= times; attempt += 1) {
    await until(`attempt ${attempt}`, () => attempts() >= attempt);
    if (attempt < times) pass(retryDelaySeconds(attempt) * 1_000);
  }
}

// Must run first: a failure that another test causes may be counted a moment later.
test('one lost answer of the portal raises no alarm', async () => {
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

test('a removal that fails for more than five minutes raises an alarm, although SQS does not count it in the age of its messages', async () => {
  const { userId } = await somebody();
  faultLogout({ fault: 'fail' });
  await running.putEventsOf(new Date(clock()), userRemovedEvent({ userId }));
  await tried(7);
  expect(fires('RetriedRemoval')).toBe(true);
  expect(fires('RetriedBulk')).toBe(false);
});

test('a removal that is carried out late raises an alarm when it is done; a prompt one does not', async () => {
  const [late, atOnce] = [await somebody(), await somebody()];
  await running.putEventsOf(new Date(clock()), userRemovedEvent({ userId: atOnce.userId }));
  await workedOff(running, pass);
  expect(fires('SlowRemoval')).toBe(false);
  await running.putEventsOf(new Date(clock() - 20 * 60_000), userRemovedEvent({ userId: late.userId }));
  await workedOff(running, pass);
  expect(fires('SlowRemoval')).toBe(true);
});

test('a removal that names an unknown user raises an alarm', async () => {
  await running.putEventsOf(new Date(clock()), userRemovedEvent({ userName: 'nobody@example.com' }));
  await workedOff(running, pass);
  expect(fires('WorkerNobody')).toBe(true);
});

test("registering a session for another user raises an alarm; registering one's own does not", async () => {
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

test('a session that the portal finally rejects raises the alarm of the function that was to end it', async () => {
  const [first, second] = [await somebody(), await somebody()];
  faultLogout({ fault: 'reject' });
  await running.putEventsOf(new Date(clock()), userRemovedEvent({ userId: first.userId }));
  await workedOff(running, pass);
  expect(fires('WorkerRejected')).toBe(true);
  expect(fires('RevokeRejected')).toBe(false);
  await running.post({ userId: second.userId });
  expect(fires('RevokeRejected')).toBe(true);
});

test('a job of the red button that fails for 15 minutes raises its own alarm, not the alarm of removals', async () => {
  const { userId } = await somebody();
  faultLogout({ fault: 'fail' });
  await running.ask('POST', '/revocations/everyone', { reason: 'a drill' });
  const attempts = () =>
    running.seen.filter((line) => line.includes(userId) && line.includes('"kind":"not-ended"')).length;
  await until('the first attempt', () => attempts() >= 1);
  expect(fires('RetriedBulk')).toBe(false);
  pass(15 * 60_000);
  // The function writes the metric when it ends, after the log line of the attempt.
  await until('the alarm on one after a quarter of an hour', () => fires('RetriedBulk'));
  expect(fires('RetriedRemoval')).toBe(false);
});

test('access that cannot be removed raises an alarm', async () => {
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

test('a message that moves to a dead-letter queue raises the alarm of that queue', async () => {
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
