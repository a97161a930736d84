import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { processMessage } from '../../../lambda/domain/detect/process-message.ts';
import { processReport } from '../../../lambda/domain/detect/process-report.ts';
import { DomainError } from '../../../lambda/domain/errors.ts';
import { derivedId } from '../../../lambda/domain/ids.ts';
import type { Redelivery } from '../../../lambda/domain/ports.ts';
import { work } from '../../../lambda/handlers/work.ts';
import { lambdaHandler } from '../../../lambda/shell/function.ts';
import type { QueueOfMessages } from '../../../lambda/shell/messages.ts';
import { userRemovedEvent } from '../../support/events.ts';
import { failed, fakePortal, fakeQueue, fakeWorld, type World } from '../../support/fakes.ts';
import { ALICE, hold, someJob } from '../../support/sessions.ts';
import { captureWritten } from '../../support/written.ts';

const CANARY = 'canary-0123456789';
const written = captureWritten();
const clock = () => new Date('2026-01-01T12:00:00Z');
const logged = (message: string) => written.objects().filter((line) => line.message === message);
/** The published metrics, by name. */
const published = () => Object.assign({}, ...written.objects().filter((line) => '_aws' in line));
const redelivery = (): Redelivery => ({ after: async () => {} });

/** The queue of removals of a world. */
const removalsOf = (world: World, own = redelivery()): QueueOfMessages => ({
  redelivery: own,
  process: (body, deadline, attempt) => processMessage(world, body, deadline, attempt),
});

/** A batch of one queue, with each message received so many times. */
function batch(queue: string, ...messages: [body: unknown, receiveCount: number][]): SQSEvent {
  const Records = messages.map(([body, receiveCount], n) => ({
    messageId: `m-${n}`,
    receiptHandle: `r-${n}`,
    body: JSON.stringify(body),
    attributes: { ApproximateReceiveCount: String(receiveCount) },
    eventSourceARN: `arn:aws:sqs:eu-west-1:000000000000:${queue}`,
  }));
  // SQS sends more than the functions use.
  return { Records } as SQSEvent;
}

/** Within the shell that Lambda calls. A message goes to the dead-letter queue after ten receives. */
function run(queues: Record<string, QueueOfMessages>, event: SQSEvent): Promise<SQSBatchResponse> {
  const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 29_000 };
  // Lambda's own type requires more than the functions use.
  return lambdaHandler(work({ queues, maxReceiveCount: 10 }))(event, context as Context);
}

const ignored = { id: 'e-1', source: 'aws.health', 'detail-type': 'Something Else', detail: {} };

test('of a batch, only the failed messages are returned and delayed, and a defect is logged without its text', async () => {
  const world = { ...fakeWorld(), clock };
  await hold(world, ALICE, CANARY);
  const opener = { open: () => Promise.reject(new Error(`choked on ${CANARY}`)) };
  const after = jest.fn(async (_receiptHandle: string, _seconds: number) => {});
  const removals = removalsOf({ ...world, opener }, { after });
  const messages = batch('removals', [ignored, 1], [{ no: 'event' }, 1], [someJob(), 2]);
  const answer = await run({ removals }, messages);
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm-1' }, { itemIdentifier: 'm-2' }] });
  expect(after.mock.calls.map(([receiptHandle]) => receiptHandle)).toEqual(['r-1', 'r-2']);
  const lines = logged('message').sort((a, b) => (String(a.messageId) < String(b.messageId) ? -1 : 1));
  expect(lines).toMatchObject([
    { level: 'INFO', messageId: 'm-0', receiveCount: 1, kind: 'ignored' },
    { level: 'ERROR', messageId: 'm-1', receiveCount: 1, kind: 'failed', code: 'message-malformed' },
    { level: 'ERROR', messageId: 'm-2', receiveCount: 2, kind: 'failed', defect: { name: 'Error' } },
  ]);
  expect(published()).toMatchObject({ 'Message:ignored': 1, 'Message:failed': [1, 1] });
  expect(written.all()).not.toContain(CANARY);
});

test('the log line of a message has the rate of its queue, if the queue has one', async () => {
  const world = { ...fakeWorld(), clock };
  const paced = { ...removalsOf(world), logoutsPerSecond: () => 37.1234 };
  await run({ removals: paced }, batch('removals', [ignored, 1]));
  await run({ removals: removalsOf(world) }, batch('removals', [ignored, 1]));
  expect(logged('message').map((line) => line.logoutsPerSecond)).toEqual([37.1, undefined]);
});

test('a message whose sessions were not ended fails, even if its delay cannot be set', async () => {
  const world = { ...fakeWorld(), clock, portal: fakePortal(failed('unavailable')) };
  await hold(world, ALICE, CANARY);
  const unavailable = new DomainError('queue-unavailable', 'The queue is down.', { name: 'Fake' });
  const removals = removalsOf(world, { after: () => Promise.reject(unavailable) });
  const answer = await run({ removals }, batch('removals', [someJob(), 1]));
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm-0' }] });
  expect(logged('message')).toMatchObject([{ level: 'WARN', kind: 'not-ended' }]);
  expect(logged('retry delay not set')).toMatchObject([{ level: 'WARN', code: 'queue-unavailable' }]);
  expect(published()).toMatchObject({ 'Message:not-ended': 1 });
});

test('a removal of an unknown user logs an error without the name, and its message is done', async () => {
  const removals = removalsOf({ ...fakeWorld(), clock });
  const event = { ...userRemovedEvent({ userName: CANARY, reason: CANARY }), id: 'e-1' };
  expect(await run({ removals }, batch('removals', [event, 1]))).toEqual({ batchItemFailures: [] });
  const revocationId = derivedId('user', 'event', CANARY, 'e-1');
  expect(logged('message')).toMatchObject([{ level: 'ERROR', kind: 'nobody', revocationId }]);
  expect(published()).toMatchObject({ 'Message:nobody': 1 });
  expect(written.all()).not.toContain(CANARY);
});

test('a message is processed by the rules of the queue that it came from', async () => {
  const world = { ...fakeWorld(), clock };
  await hold(world, ALICE, CANARY);
  const queues = { removals: fakeQueue(), bulk: fakeQueue() };
  const reports: QueueOfMessages = {
    redelivery: redelivery(),
    process: (body, deadline) => processReport({ ...world, queues }, body, deadline),
  };
  const all = { removals: removalsOf(world), bulk: removalsOf({ ...world, origin: 'bulk' }), reports };
  const report = { kind: 'gone', userId: ALICE, at: '2026-01-01T00:00:00.000Z' };
  const removal = someJob({ cause: 'deleted' });
  for (const [queue, body, isTaken] of [
    ['reports', removal, false],
    ['bulk', removal, false],
    ['removals', report, false],
    ['reports', report, true],
    ['removals', removal, true],
  ] as const) {
    const { batchItemFailures } = await run(all, batch(queue, [body, 1]));
    expect({ queue, isTaken: batchItemFailures.length === 0 }).toEqual({ queue, isTaken });
    // A refused message has ended no session.
    if (!isTaken) expect(world.cache.sessions).toHaveLength(1);
  }
  expect(world.cache.sessions).toEqual([]);
  expect(queues.removals.jobs).toMatchObject([{ userId: ALICE, source: 'sweep' }]);
  expect(written.all()).toContain('"Message:confirmed":1');
});

test('a failed message is delayed in its own queue', async () => {
  const seen: string[] = [];
  const failing = (name: string): QueueOfMessages => ({
    redelivery: { after: async (receiptHandle) => void seen.push(`${name} ${receiptHandle}`) },
    process: () => Promise.reject(new DomainError('store-unavailable', 'down')),
  });
  const queues = { removals: failing('removals'), bulk: failing('bulk'), reports: failing('reports') };
  for (const queue of ['bulk', 'reports', 'removals']) await run(queues, batch(queue, [{}, 1]));
  expect(seen).toEqual(['bulk r-0', 'reports r-0', 'removals r-0']);
});

test.each([
  [9, false],
  [10, true],
  [11, true],
])('receive %i of 10 is the last attempt: %j', async (receiveCount, lastAttempt) => {
  const process = jest.fn(async () => ({ kind: 'ignored', why: 'x' }) as const);
  await run({ removals: { redelivery: redelivery(), process } }, batch('removals', [{}, receiveCount]));
  expect(process).toHaveBeenCalledWith('{}', expect.anything(), {
    lastAttempt,
    receiveCount,
  });
});

test('a batch from an unknown queue fails as a whole, so that no message is lost', async () => {
  const removals = removalsOf({ ...fakeWorld(), clock });
  for (const queue of ['another', '']) {
    await expect(run({ removals }, batch(queue, [ignored, 1]))).rejects.toThrow(
      'a queue that it does not know',
    );
  }
});
