import type { SQSEvent } from 'aws-lambda';
import { arnOf, type Resources } from '../template/assembly-of.ts';
import { userRemoved as event, resources, startMessaging, until } from './messaging-stack.ts';

type Messaging = ReturnType<typeof startMessaging>;

const queueOf = (properties: Record<string, unknown> = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: { FifoQueue: true, ...properties },
});
const jobs = {
  VisibilityTimeout: 60,
  ContentBasedDeduplication: true,
  RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 2 },
};
const target = (change: object = {}) => ({
  Id: 'T',
  Arn: arnOf('Jobs'),
  SqsParameters: { MessageGroupId: 'reconcile' },
  ...change,
});
const rule = (properties: Record<string, unknown>) => ({ Type: 'AWS::Events::Rule', Properties: properties });
const [allow] = resources.Policy.Properties.PolicyDocument.Statement;
const policy = {
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: [{ Ref: 'Jobs' }, { Ref: 'RuleDead' }],
    PolicyDocument: { Statement: [{ ...allow, Condition: undefined }] },
  },
};
const every = 'rate(15 minutes)';

/** The stack of the other tests with a FIFO queue, a FIFO dead-letter queue, and a schedule for the queue. */
const fifo = {
  Dead: queueOf(),
  Jobs: queueOf(jobs),
  Policy: policy,
  Rule: rule({ EventPattern: { 'detail-type': ['User Removed'] }, Targets: [target()] }),
  Tick: rule({ ScheduleExpression: every, Targets: [target()] }),
} satisfies Resources;

let messaging: Messaging | undefined;
let batches: SQSEvent[];
let answer: (event: SQSEvent) => unknown;

afterEach(() => {
  messaging?.close();
  messaging = undefined;
});

function start(changes: Resources = {}): Messaging {
  [batches, answer] = [[], () => null];
  const started = startMessaging({ ...fifo, ...changes }, async (_, event) => {
    batches.push(event as SQSEvent);
    return answer(event as SQSEvent);
  });
  messaging = started;
  return started;
}

const bodies = () => batches.map(({ Records }) => Records.map(({ body }) => body));
const isEmpty = (id: string) =>
  Object.values(messaging?.queue(id).counts() ?? {}).every((count) => count === 0);
const idle: Resources = { Mapping: undefined };

describe('a FIFO queue of the template', () => {
  it('has a name, an address and an ARN that end in .fifo', () => {
    const { named } = start();
    expect(named.Jobs).toMatchObject({
      url: 'http://localhost:3000/000000000000/Jobs.fifo',
      arn: 'arn:aws:sqs:eu-west-1:000000000000:Jobs.fifo',
    });
    expect(named.Dead).toMatchObject({ isForDeadLetters: true });
    expect(named.RuleDead?.url).toBe('http://localhost:3000/000000000000/RuleDead');
  });

  it('feeds its function with one batch of a group at a time, in order', async () => {
    const { queue } = start();
    const waiting: (() => void)[] = [];
    answer = () => new Promise<void>((resolve) => waiting.push(resolve));
    for (let sent = 0; sent < 12; sent += 1) queue('Jobs').send(String(sent), { groupId: 'a' });
    await until(() => waiting.length > 0);
    queue('Jobs').send('of another group', { groupId: 'b' });
    await until(() => waiting.length === 2);
    expect(batches.map(({ Records }) => Records[0]?.attributes.MessageGroupId)).toEqual(['a', 'b']);
    waiting.shift()?.();
    await until(() => batches.length === 3);
    for (const resolve of waiting) resolve();
    await until(() => isEmpty('Jobs'));
    const ofA = bodies()
      .flat()
      .filter((body) => /^\d+$/.test(body));
    expect(ofA).toEqual(Array.from({ length: 12 }, (_, index) => String(index)));
  });

  it('passes on the attributes that Lambda does', async () => {
    const { queue } = start();
    const sent = queue('Jobs').send('hello', { groupId: 'a', deduplicationId: 'd' });
    await until(() => batches.length === 1 && isEmpty('Jobs'));
    expect(batches[0]?.Records[0]).toMatchObject({
      eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:Jobs.fifo',
      attributes: {
        MessageGroupId: 'a',
        MessageDeduplicationId: 'd',
        SequenceNumber: sent.fifo?.sequenceNumber,
      },
    });
  });

  it('keeps a group waiting behind a failed message, until that is a dead letter', async () => {
    const { queue, time } = start();
    answer = ({ Records }) => {
      if (Records.some(({ body }) => body === 'poison')) throw new Error('no good');
    };
    queue('Jobs').send('poison', { groupId: 'a' });
    await until(() => batches.length === 1);
    queue('Jobs').send('fine', { groupId: 'a' });
    time.now += 60_000;
    await until(() => batches.length === 2);
    expect(bodies()[1]).toEqual(['poison', 'fine']);
    time.now += 60_000;
    await until(() => isEmpty('Jobs'));
    expect(queue('Dead').receive(10)).toMatchObject([{ body: 'poison', fifo: { groupId: 'a' } }]);
    expect(bodies()[2]).toEqual(['fine']);
  });
});

describe('a rule with a FIFO queue as its target', () => {
  it('sends to the group that it names', () => {
    const { bus, queue } = start(idle);
    bus.put('default', event);
    bus.put('default', event);
    expect(queue('Jobs').receive(10)).toMatchObject([
      { body: JSON.stringify(event), fifo: { groupId: 'reconcile' } },
    ]);
  });

  it('may be a schedule, by the clock and on demand', async () => {
    const { schedules, queue, time } = start(idle);
    await schedules.run('Tick');
    time.now += 15 * 60_000;
    await until(() => queue('Jobs').counts().visible === 2);
    const [first] = queue('Jobs').receive(10);
    expect(JSON.parse(first?.body ?? '')).toMatchObject({ source: 'aws.events' });
    expect(first?.fifo?.groupId).toBe('reconcile');
  });

  const schedule = (change: object) => ({
    Tick: rule({ ScheduleExpression: every, Targets: [target(change)] }),
  });
  it.each([
    ['no group', schedule({ SqsParameters: undefined }), 'Jobs.fifo needs a MessageGroupId'],
    [
      'a queue that would refuse every event',
      { Jobs: queueOf({ ...jobs, ContentBasedDeduplication: undefined }) },
      'Jobs.fifo needs ContentBasedDeduplication',
    ],
    ['a group in a standard queue', schedule({ Arn: arnOf('RuleDead') }), 'RuleDead is none'],
    [
      'dead letters in a FIFO queue',
      schedule({ DeadLetterConfig: { Arn: arnOf('Jobs') } }),
      'has to be a standard queue',
    ],
  ])('is refused with %s', (_, changes, message) => {
    start();
    expect(() => startMessaging({ ...fifo, ...changes }, async () => null)).toThrow(message);
  });
});

it.each([
  [
    'dead letters in a standard queue',
    { Dead: { Type: 'AWS::SQS::Queue' } },
    'dead-letter queue is a FIFO queue',
  ],
  [
    'FifoQueue that is false',
    { Jobs: queueOf({ ...jobs, FifoQueue: false }) },
    'FifoQueue is true or absent',
  ],
  [
    'throughput by group',
    { Jobs: queueOf({ ...jobs, FifoThroughputLimit: 'x' }) },
    'support FifoThroughputLimit',
  ],
  [
    'a window for its batches',
    {
      Mapping: {
        ...resources.Mapping,
        Properties: { ...resources.Mapping.Properties, MaximumBatchingWindowInSeconds: 1 },
      },
    },
    'does not support MaximumBatchingWindowInSeconds',
  ],
])('a FIFO queue is refused with %s', (_, changes, message) => {
  start();
  expect(() => startMessaging({ ...fifo, ...changes }, async () => null)).toThrow(message);
});
