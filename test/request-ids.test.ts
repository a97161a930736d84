import { randomUUID } from 'node:crypto';
import { userRemovedEvent } from './support/events.ts';
import { type RunningStack, startWithClock, workedOff } from './support/running-stack.ts';

let running: RunningStack;
let pass: (millis: number) => void;

beforeAll(async () => {
  ({ running, pass } = await startWithClock());
}, 30_000);
afterAll(() => running.close());

/** The log lines of functions that have this id in this field. */
const linesWith = (field: string, id: unknown) =>
  running.seen
    .filter((line) => line.startsWith('{') && line.includes('"function_request_id"'))
    .map((line) => JSON.parse(line))
    .filter((line) => line[field] === id);

test('the request id of the API is logged by the function that answered and by the worker that continued', async () => {
  for (let n = 0; n < 11; n += 1) await running.register('many');
  const userId = running.stack.users.find('many')?.userId ?? '';
  const { status, body } = await running.ask('POST', '/revocations', { userId });
  expect(status).toBe(202);
  await workedOff(running, pass);
  const [answered] = linesWith('message', 'answered').filter(({ status: answer }) => answer === 202);
  const { revocationId } = body;
  const request = linesWith('requestId', answered.requestId);
  expect(request).toMatchObject([
    { service: 'revoke', message: 'answered' },
    { service: 'work', message: 'message', kind: 'revoked', revocationId, userId },
  ]);
  const revocation = linesWith('revocationId', revocationId).map(({ service, message }) => [
    service,
    message,
  ]);
  expect(revocation.filter(([service]) => service !== 'tell')).toEqual([
    ['revoke', 'revoked'],
    ['work', 'revocation over'],
    ['work', 'message'],
  ]);
  expect(linesWith('userId', userId).length).toBeGreaterThanOrEqual(11 + 3);
}, 30_000);

test('the red button passes its request id to the job of each user', async () => {
  await running.register('one-of-all');
  const { status } = await running.ask('POST', '/revocations/everyone', { reason: 'a drill' });
  expect(status).toBe(202);
  await workedOff(running, pass);
  const [answered] = linesWith('message', 'answered').filter(
    ({ route }) => route === 'POST /revocations/everyone',
  );
  const kinds = linesWith('requestId', answered.requestId).map(({ kind, message }) => kind ?? message);
  expect(kinds.sort()).toEqual(['answered', 'fanned-out', 'revoked']);
});

test('the worker logs the event id together with the revocation that the event caused', async () => {
  const { userId } = await running.register('by-event');
  const seen = running.seen.length;
  await running.putEvents({ ...userRemovedEvent({ userId }), id: randomUUID() });
  await workedOff(running, pass);
  const lines = running.seen.slice(seen).filter((line) => line.includes('"eventId"'));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      service: 'work',
      message: 'message',
      kind: 'revoked',
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    },
  ]);
});
