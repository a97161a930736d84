import { OUTGOING_EVENTS, OUTGOING_SOURCE } from '../../lambda/domain/outgoing-event.ts';
import { documentedSchemas, faultsOf } from '../support/event-schemas.ts';
import { apiCallEvent, userRemovedEvent } from '../support/events.ts';
import { startEventBus } from '../support/fake-event-bus.ts';
import { type RunningStack, start, until, workedOff } from '../support/running-stack.ts';
import { findSecrets } from '../support/secrets.ts';
import { assembly } from '../support/synth.ts';

const MINUTE = 60_000;

/** Milliseconds by which all clocks are ahead, also the functions' clock. */
let elapsed = 0;
let running: RunningStack;
let bus: Awaited<ReturnType<typeof startEventBus>>;
const pass = (millis: number) => {
  elapsed += millis;
};

beforeAll(async () => {
  bus = await startEventBus();
  const clock = () => Date.now() + elapsed;
  running = await start({ AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url }, clock, assembly, clock);
}, 60_000);
afterAll(async () => {
  await running.close();
  await bus.close();
});

const quiet = () => workedOff(running, pass);
const namesFor = (userId: string) =>
  bus.sent.filter(({ detail }) => detail.userId === userId).map(({ name }) => name);

/** Creates a removed user with a session and direct access, who then signs in again. */
async function removed(userName: string): Promise<string> {
  const { stack } = running;
  const { userId } = await running.register(userName);
  stack.groups.join(stack.groups.create({ displayName: `${userName}s` }).groupId, userId);
  stack.users.disable(userId);
  await running.putEvents(apiCallEvent('sso-directory', 'DisableUser', { userId }));
  await quiet();
  return userId;
}

test('every documented event is sent as documented, no other is, and none has a name or a secret', async () => {
  const { stack } = running;
  const userId = await removed('secret-leaver');
  const late = stack.emulator.signIns.signIn({ userName: 'secret-leaver' });
  expect(await running.ask('PUT', `/users/${userId}/sessions`, late)).toMatchObject({ status: 409 });
  await running.ask('POST', '/revocations', { userId, reason: 'secret-reason' });
  const { file } = await running.register('secret-other');
  expect(await running.post({ ...file, reason: 'secret-reason' })).toMatchObject({ status: 200 });
  await running.putEvents(userRemovedEvent({ userName: 'secret-nobody' }));
  await running.register('secret-one-of-all');
  await running.ask('POST', '/revocations/everyone', { reason: 'secret-drill' });
  await quiet();

  expect(new Set(bus.sent.map(({ name }) => name))).toEqual(new Set(OUTGOING_EVENTS));
  const schemas = documentedSchemas();
  expect([...schemas.keys()]).toEqual([...OUTGOING_EVENTS]);
  for (const { name, source, bus: to, detail } of bus.sent) {
    expect([source, to]).toEqual([OUTGOING_SOURCE, 'default']);
    const schema = schemas.get(name);
    expect({ name, faults: schema ? faultsOf(schema, detail) : ['no schema'] }).toEqual({ name, faults: [] });
  }
  const text = JSON.stringify(bus.sent);
  expect(text).not.toContain('secret');
  expect(
    findSecrets(
      text,
      [file, late].flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken]),
    ),
  ).toEqual([]);
  const ofEveryone = bus.sent.filter(({ detail }) => String(detail.revocationId).startsWith('everyone.'));
  expect(new Set(ofEveryone.map(({ name }) => name))).toEqual(new Set(['Role Sessions Denied']));
}, 60_000);

test.each(['partly', 'down', 'odd'] as const)(
  'while the bus is %s, no request waits for it; afterwards all events are sent',
  async (state) => {
    bus.be(state);
    const before = bus.refused();
    const { userId } = await running.register(`told-late-${state}`);
    const { body } = await running.ask('POST', '/revocations', { userId });
    expect(body).toMatchObject({ status: 'COMPLETED' });
    await until('the bus has refused', () => bus.refused() > before);
    expect(namesFor(userId)).toEqual([]);
    bus.be('takes');
    pass(MINUTE);
    await quiet();
    expect(new Set(namesFor(userId))).toEqual(new Set(['Revocation Completed', 'Role Sessions Denied']));
    expect((await running.ask('GET', `/revocations/${body.revocationId}`)).body).toMatchObject({
      status: 'COMPLETED',
      completedAt: body.completedAt,
      sessions: body.sessions,
    });
  },
  60_000,
);

test('if the bus is down for more than half an hour, the notice becomes a dead letter, and a redrive sends its event', async () => {
  bus.be('partly');
  const { userId } = await running.register('told-by-a-redrive');
  await running.ask('POST', '/revocations', { userId });
  const deadLetters = running.queue('NoticesDeadLetters');
  await until('it is given up', () => {
    pass(2 * MINUTE);
    return deadLetters.counts().visible === 2;
  });
  bus.be('takes');
  await running.callAws('AmazonSQS.StartMessageMoveTask', { SourceArn: deadLetters.arn });
  await quiet();
  expect(new Set(namesFor(userId))).toEqual(new Set(['Revocation Completed', 'Role Sessions Denied']));
}, 90_000);

test('a notice sends no event if the record does not have its fact', async () => {
  const { userId } = await running.register('not-removed');
  const { body } = await running.ask('POST', '/revocations', { userId });
  await quiet();
  const before = bus.sent.length;
  const notices = running.stack.emulator.queues.byUrl(running.queue('NoticesQueue').url);
  for (const event of ['Access Removed', 'Session Refused', 'Revocation Failed'])
    notices?.send(JSON.stringify({ kind: 'tell', event, revocationId: body.revocationId }));
  await quiet();
  expect(bus.sent.slice(before)).toEqual([]);
}, 60_000);
