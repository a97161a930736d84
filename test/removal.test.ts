import type { Revocation } from '../lambda/domain/record/describe-revocation.ts';
import { hashOf } from '../local/ground/token-hash.ts';
import { loadAssembly } from '../local/template/assembly.ts';
import {
  apiCallEvent,
  identityStoreEvent,
  OKTA_SOURCE,
  oktaEvent,
  STORE,
  scimPatchEvent,
  userRemovedEvent,
} from './support/events.ts';
import { functionId, type RunningStack, start, until, workedOff } from './support/running-stack.ts';
import { assembly } from './support/synth.ts';

/** Milliseconds by which the clock of portal, queues and schedules is ahead. The functions use the computer's clock. */
let elapsed = 0;
let running: RunningStack;
let people = 0;

beforeAll(async () => {
  running = await start({}, () => Date.now() + elapsed);
}, 30_000);
afterAll(() => running.close());

/** Creates a user who is new to all tests, with three registered sessions. */
async function somebody() {
  people += 1;
  const userName = `person-${people}@example.com`;
  const all = [
    await running.register(userName),
    await running.register(userName),
    await running.register(userName),
  ];
  return { userName, userId: all[0]?.userId ?? '', files: all.map(({ file }) => file) };
}

type Somebody = Awaited<ReturnType<typeof somebody>>;

const isAlive = ({ files }: Somebody) =>
  files.filter(({ accessToken }) => running.stack.emulator.signIns.userOf(accessToken) !== undefined).length;

async function revocationsOf({ userId }: Somebody): Promise<Revocation[]> {
  return (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations;
}

/** If there are several revocations, a later one may have found no session. */
async function isCompleted(person: Somebody): Promise<boolean> {
  const revocations = await revocationsOf(person);
  const isDone = revocations.every(({ completedAt }) => completedAt !== null);
  return isDone && revocations.some(({ status }) => status === 'COMPLETED');
}

const quiet = () =>
  workedOff(running, (millis) => {
    elapsed += millis;
  });

const deleted = ({ userId }: Somebody) => running.stack.users.delete(userId);
const disabled = ({ userId }: Somebody) => running.stack.users.disable(userId);

const removals: { name: string; event: (person: Somebody) => object; before?: (person: Somebody) => void }[] =
  [
    {
      name: 'native, deleted',
      event: ({ userId }) => identityStoreEvent('User Deleted', { userId }),
      before: deleted,
    },
    {
      name: 'native, disabled',
      event: ({ userId }) => identityStoreEvent('User Disabled', { userId }),
      before: disabled,
    },
    {
      name: 'native, updated to disabled',
      event: ({ userId }) => identityStoreEvent('User Updated', { userId }),
      before: disabled,
    },
    {
      name: 'console, deleted',
      event: ({ userId }) => apiCallEvent('sso-directory', 'DeleteUser', { identityStoreId: STORE, userId }),
      before: deleted,
    },
    {
      name: 'console, disabled',
      event: ({ userId }) => apiCallEvent('sso-directory', 'DisableUser', { identityStoreId: STORE, userId }),
      before: disabled,
    },
    {
      name: 'API, deleted',
      event: ({ userId }) =>
        apiCallEvent('identitystore', 'DeleteUser', { identityStoreId: STORE, UserId: userId }),
    },
    {
      name: 'API, deleted, as an event of the service',
      event: ({ userId }) => ({
        ...apiCallEvent('identitystore', 'DeleteUser', { identityStoreId: STORE, userId }),
        'detail-type': 'AWS Service Event via CloudTrail',
      }),
    },
    {
      name: 'SCIM, deleted',
      event: ({ userId }) => apiCallEvent('identitystore-scim', 'DeleteUser', { id: userId }),
    },
    {
      name: 'SCIM, deactivated',
      event: ({ userId }) => scimPatchEvent(userId),
      before: disabled,
    },
    {
      name: 'SCIM, put, and deleted by the time it is asked',
      event: ({ userId }) => apiCallEvent('identitystore-scim', 'PutUser', { id: userId }),
      before: deleted,
    },
    {
      name: 'API, updated to disabled',
      event: ({ userId }) => apiCallEvent('identitystore', 'UpdateUser', { userId }),
      before: disabled,
    },
    { name: 'our own, by id', event: ({ userId }) => userRemovedEvent({ userId, reason: 'left' }) },
    { name: 'our own, by name', event: ({ userName }) => userRemovedEvent({ userName }) },
    ...['deactivate', 'suspend', 'delete.completed'].map((what) => ({
      name: `Okta, ${what}`,
      event: ({ userName }: Somebody) => ({
        ...oktaEvent(`user.lifecycle.${what}`, { target: [{ type: 'User', alternateId: userName }] }),
        bus: OKTA_SOURCE,
      }),
    })),
  ];

test.each(removals)(
  '$name: the event alone ends every session of the user',
  async ({ event, before }) => {
    const person = await somebody();
    const other = await somebody();
    before?.(person);
    await running.putEvents(event(person));
    await until('the revocation is completed', () => isCompleted(person));
    expect(isAlive(person)).toBe(0);
    expect(isAlive(other)).toBe(3);
    expect((await running.ask('GET', `/sessions?userId=${person.userId}`)).body).toEqual({ sessions: [] });
    const [revocation] = await revocationsOf(person);
    expect(revocation).toMatchObject({
      source: 'event',
      sessions: { found: 3, loggedOut: 3, pending: 0, failed: 0 },
    });
    for (const { accessToken } of person.files) {
      const requests = running.stack.emulator.requestsAbout(hashOf(accessToken));
      const logouts = requests.filter(({ operation }) => operation === 'logout');
      expect(logouts.map(({ status }) => status)).toEqual([200]);
    }
  },
  30_000,
);

const ignored: { name: string; event: (person: Somebody) => object }[] = [
  {
    name: 'a call that failed',
    event: ({ userId }) =>
      apiCallEvent('identitystore', 'DeleteUser', { userId }, { errorCode: 'AccessDenied' }),
  },
  { name: 'a change of a user who stays', event: ({ userId }) => scimPatchEvent(userId) },
  {
    name: 'a change of a user who stays, natively',
    event: ({ userId }) => identityStoreEvent('User Updated', { userId }),
  },
  { name: 'a user who is created', event: ({ userId }) => identityStoreEvent('User Created', { userId }) },
  {
    name: 'a user who is enabled',
    event: ({ userId }) => apiCallEvent('sso-directory', 'EnableUser', { userId }),
  },
  {
    name: 'a user who joins a group',
    event: ({ userId }) =>
      apiCallEvent('sso-directory', 'AddMemberToGroup', { member: { memberId: userId } }),
  },
  {
    name: 'the removal of somebody else',
    event: () => identityStoreEvent('User Deleted', { userId: '0a1b2c3d-1111-4222-8333-444455556666' }),
  },
  {
    name: 'our type from another source',
    event: ({ userId }) => ({ ...userRemovedEvent({ userId }), source: 'stranger' }),
  },
  {
    name: 'Okta, in vain',
    event: ({ userName }) => ({
      ...oktaEvent('user.lifecycle.deactivate', {
        outcome: { result: 'FAILURE' },
        target: [{ type: 'User', alternateId: userName }],
      }),
      bus: OKTA_SOURCE,
    }),
  },
  {
    name: 'Okta, on the wrong bus',
    event: ({ userName }) =>
      oktaEvent('user.lifecycle.deactivate', { target: [{ type: 'User', alternateId: userName }] }),
  },
];

test('events that are not believed, or are no removal, end no session and make no record', async () => {
  const person = await somebody();
  for (const { event } of ignored) await running.putEvents(event(person));
  await quiet();
  expect(isAlive(person)).toBe(3);
  expect(await revocationsOf(person)).toEqual([]);
}, 30_000);

test('if two events report the same removal, each session is logged out once and the counts add up', async () => {
  const person = await somebody();
  const { userId } = person;
  await running.putEvents(
    identityStoreEvent('User Deleted', { userId }),
    apiCallEvent('identitystore', 'DeleteUser', { userId }),
  );
  await quiet();
  expect(await isCompleted(person)).toBe(true);
  const revocations = await revocationsOf(person);
  expect(revocations.map(({ sessions }) => sessions.loggedOut).reduce((a, b) => a + b, 0)).toBe(3);
  expect(isAlive(person)).toBe(0);
}, 30_000);

test('a poison message does not delay others, and moves to the dead-letter queue', async () => {
  const person = await somebody();
  const [queue, deadLetters] = [running.queue('RevocationsQueue'), running.queue('RevocationsDeadLetters')];
  await running.callAws('AmazonSQS.SendMessage', { QueueUrl: queue.url, MessageBody: '{"poison"' });
  await running.putEvents(userRemovedEvent({ userId: person.userId }));
  await until('the revocation is completed', () => isCompleted(person));
  const receive = () =>
    running.callAws('AmazonSQS.ReceiveMessage', { QueueUrl: deadLetters.url, VisibilityTimeout: 0 });
  await until('the poison is given up', async () => (await receive()).Messages?.[0]?.Body === '{"poison"');
}, 30_000);

test('if a removed user signs in again, registering answers 409 and the new session is ended', async () => {
  const person = await somebody();
  await running.putEvents(userRemovedEvent({ userId: person.userId }));
  await until('the revocation is completed', () => isCompleted(person));
  const file = running.stack.emulator.signIns.signIn({ userName: person.userName });
  const answer = await running.ask('PUT', `/users/${person.userId}/sessions`, file);
  expect(answer).toMatchObject({ status: 409, body: { code: 'user-revoked' } });
  expect(running.stack.emulator.signIns.userOf(file.accessToken)).toBeUndefined();
}, 30_000);

test('without any event, the sweep ends the sessions of deleted and disabled users', async () => {
  const [gone, disabled, stays] = [await somebody(), await somebody(), await somebody()];
  running.stack.users.delete(gone.userId);
  running.stack.users.disable(disabled.userId);
  const schedule = running.stack.schedules.logicalIds.find((id) => id.includes('Sweep'));
  await running.stack.schedules.run(schedule ?? '');
  await until('both are signed out', async () => (await isCompleted(gone)) && (await isCompleted(disabled)));
  expect([gone, disabled, stays].map(isAlive)).toEqual([0, 0, 3]);
  expect(await revocationsOf(gone)).toMatchObject([{ source: 'sweep', sessions: { loggedOut: 3 } }]);
}, 60_000);

test('if our own event names an unknown user, the revocation is FAILED and a metric with an alarm counts it', async () => {
  const userName = 'nobody@example.com';
  const deadLetters = () => running.queue('RevocationsDeadLetters').counts().visible;
  const before = deadLetters();
  await running.putEvents(userRemovedEvent({ userName, reason: 'left' }));
  await until('it is told', () => running.seen.some((line) => line.includes('"kind":"nobody"')));
  await quiet();
  const told = running.seen.filter((line) => line.includes('"kind":"nobody"'));
  expect(told).toEqual([expect.not.stringContaining(userName)]);
  const { level, revocationId } = JSON.parse(told[0] ?? '');
  expect(level).toBe('ERROR');
  expect(await running.ask('GET', `/revocations/${revocationId}`)).toMatchObject({
    status: 200,
    body: { status: 'FAILED', error: 'user-not-found', subject: { userName }, reason: 'left' },
  });
  expect(deadLetters()).toBe(before);
  expect(alarmsOn('Message:nobody')).toEqual([expect.stringContaining('WorkerNobody')]);
}, 30_000);

/** Finds the alarms of the template that watch this metric with the namespace and dimensions that the log has. */
function alarmsOn(name: string): string[] {
  const written = JSON.parse(running.seen.find((line) => line.includes(`"${name}":`)) ?? '{}');
  const [{ Namespace, Dimensions } = { Namespace: '', Dimensions: [[]] }] = written._aws.CloudWatchMetrics;
  const dimensions = Dimensions[0].map((Name: string) => ({
    Name,
    Value: Name === 'function' ? { Ref: written[Name] } : written[Name],
  }));
  const looksAt = { Namespace, MetricName: name, Dimensions: expect.arrayContaining(dimensions) };
  const alarms = [...loadAssembly(assembly).resources].filter(
    ([, { Type, Properties }]) => Type === 'AWS::CloudWatch::Alarm' && Properties.MetricName === name,
  );
  for (const [, { Properties }] of alarms) expect(Properties).toMatchObject(looksAt);
  return alarms.map(([logicalId]) => logicalId);
}

test('POST /revocations takes a user name, and a repeated Idempotency-Key gets the same answer', async () => {
  const person = await somebody();
  const send = async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'case-4711' };
    return running.post({ userName: person.userName, reason: 'left' }, headers);
  };
  const first = await send();
  expect(first).toMatchObject({ status: 200, body: { sessions: { found: 3, loggedOut: 3 } } });
  expect((await send()).body).toEqual(first.body);
});

test('the functions logged no error except for the poison message and the unknown user', () => {
  const errors = running.seen.filter(
    (line) => line.includes('"level":"ERROR"') && !/message-malformed|"kind":"nobody"/.test(line),
  );
  expect(errors).toEqual([]);
  expect(functionId('Worker')).toBeTruthy();
});
