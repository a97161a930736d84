import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { failedItems } from '../../../local/messaging/sqs-batches.ts';
import { arnOf, type Resources } from '../template/assembly-of.ts';
import { resources, startMessaging, until } from './messaging-stack.ts';

type Messaging = ReturnType<typeof startMessaging>;

let messaging: Messaging | undefined;
let batches: SQSEvent[];
let answer: (event: SQSEvent) => unknown;

afterEach(() => {
  messaging?.close();
  messaging = undefined;
});

function start(changes: Resources = {}): Messaging {
  batches = [];
  answer = () => null;
  const started = startMessaging(changes, async (_, event) => {
    batches.push(event as SQSEvent);
    return answer(event as SQSEvent);
  });
  messaging = started;
  return started;
}

const mapping = (change: object): Resources => ({
  Mapping: { ...resources.Mapping, Properties: { ...resources.Mapping.Properties, ...change } },
});

const bodies = () => batches.map(({ Records }) => Records.map(({ body }) => body));
const isEmpty = (id: string) =>
  Object.values(messaging?.queue(id).counts() ?? {}).every((count) => count === 0);

const failing = (...bad: string[]) => {
  return ({ Records }: SQSEvent): SQSBatchResponse => ({
    batchItemFailures: Records.filter(({ body }) => bad.includes(body)).map(({ messageId }) => {
      return { itemIdentifier: messageId };
    }),
  });
};

describe('a queue that feeds a function', () => {
  it('passes on messages as Lambda does, and deletes them', async () => {
    const { queue, time } = start();
    const attributes = { kind: { DataType: 'String', StringValue: 'text' } };
    const { messageId, md5OfBody } = queue('Jobs').send('hello', { attributes });
    await until(() => batches.length > 0 && isEmpty('Jobs'));
    expect(batches).toEqual([
      {
        Records: [
          {
            messageId,
            receiptHandle: expect.any(String),
            body: 'hello',
            attributes: {
              ApproximateReceiveCount: '1',
              SentTimestamp: String(time.now),
              SenderId: '000000000000',
              ApproximateFirstReceiveTimestamp: String(time.now),
            },
            messageAttributes: {
              kind: { stringValue: 'text', stringListValues: [], binaryListValues: [], dataType: 'String' },
            },
            md5OfBody,
            eventSource: 'aws:sqs',
            eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:Jobs',
            awsRegion: 'eu-west-1',
          },
        ],
      },
    ]);
  });

  it('keeps exactly the messages that were reported as failed, retries them, and then moves them to the dead-letter queue', async () => {
    const { queue, time } = start(mapping({ BatchSize: 3 }));
    answer = failing('poison');
    for (const body of ['a', 'poison', 'b']) queue('Jobs').send(body);
    await until(() => queue('Jobs').counts().inFlight === 1 && batches.length > 0);
    time.now += 60_000;
    await until(() => batches.flatMap(({ Records }) => Records).length === 4);
    expect(bodies().at(-1)).toEqual(['poison']);
    time.now += 60_000;
    await until(() => queue('Dead').counts().visible === 1);
    expect(queue('Dead').receive(1)).toMatchObject([{ body: 'poison' }]);
    expect(isEmpty('Jobs')).toBe(true);
  });

  it('keeps a whole batch if the function failed', async () => {
    const { queue, time } = start();
    answer = () => {
      throw new Error('no good');
    };
    queue('Jobs').send('a');
    await until(() => batches.length === 1);
    answer = () => null;
    time.now += 60_000;
    await until(() => batches.length === 2 && isEmpty('Jobs'));
    expect(batches[1]?.Records[0]?.attributes.ApproximateReceiveCount).toBe('2');
  });

  it('ignores reported failures if the mapping does not ask for them', async () => {
    const { queue } = start(mapping({ FunctionResponseTypes: undefined }));
    answer = failing('a');
    queue('Jobs').send('a');
    await until(() => batches.length === 1 && isEmpty('Jobs'));
  });

  it('runs no more invocations at once than its maximum concurrency', async () => {
    const { queue } = start(mapping({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 3 } }));
    const waiting: (() => void)[] = [];
    answer = () => new Promise<void>((resolve) => waiting.push(resolve));
    for (let sent = 0; sent < 7; sent += 1) queue('Jobs').send(String(sent));
    const sizes: number[] = [];
    for (let done = 0; done < 7; done += 1) {
      await until(() => waiting.length > 0 && waiting.length === Math.min(3, 7 - done));
      sizes.push(waiting.length);
      waiting.shift()?.();
    }
    expect(sizes).toEqual([3, 3, 3, 3, 3, 2, 1]);
    await until(() => isEmpty('Jobs'));
  });

  it('does nothing while it is disabled, or after it is closed', async () => {
    const off = start(mapping({ Enabled: false }));
    off.queue('Jobs').send('a');
    expect(off.queue('Jobs').counts().visible).toBe(1);
    off.close();
    const closed = start();
    closed.close();
    closed.queue('Jobs').send('a');
    await new Promise(setImmediate);
    expect(closed.queue('Jobs').counts().visible).toBe(1);
  });

  it('delivers 10,000 messages', async () => {
    const { queue } = start();
    for (let sent = 0; sent < 10_000; sent += 1) queue('Jobs').send(String(sent));
    await until(() => isEmpty('Jobs'));
    const seen = bodies().flat();
    expect([seen.length, new Set(seen).size]).toEqual([10_000, 10_000]);
  });

  it.each([
    ['a batch above ten', mapping({ BatchSize: 11 }), 'from 1 to 10'],
    [
      'a batching window',
      mapping({ MaximumBatchingWindowInSeconds: 1 }),
      'does not support MaximumBatchingWindowInSeconds',
    ],
    ['a concurrency of one', mapping({ ScalingConfig: { MaximumConcurrency: 1 } }), 'from 2 to 1000'],
    ['a filter', mapping({ FilterCriteria: {} }), 'does not support FilterCriteria'],
    ['a source that is no queue', mapping({ EventSourceArn: arnOf('Fn') }), 'not a queue of this stack'],
    ['an unknown function', mapping({ FunctionName: 'other' }), 'not a function of this stack'],
    [
      'a visibility timeout below the function’s',
      { Fn: { ...resources.Fn, Properties: { Timeout: 61 } } },
      "below the function's timeout",
    ],
    [
      'a dead-letter queue of somebody else',
      {
        Jobs: {
          Type: 'AWS::SQS::Queue',
          Properties: { RedrivePolicy: { deadLetterTargetArn: 'arn:x', maxReceiveCount: 1 } },
        },
      },
      'not a queue of this stack',
    ],
  ])('is refused with %s', (_, changes, message) => {
    start();
    expect(() => startMessaging(changes, async () => null)).toThrow(message);
  });
});

describe('the failures that a function reports', () => {
  const some = (...itemIdentifiers: unknown[]) => ({
    batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })),
  });
  it.each([
    ['nothing', undefined, []],
    ['null', null, []],
    ['an empty object', {}, []],
    ['null for the list', { batchItemFailures: null }, []],
    ['an empty list', some(), []],
    ['one', some('b'), ['b']],
    ['all', some('a', 'b'), ['a', 'b']],
    ['a text', 'fine', ['a', 'b']],
    ['a list that is none', { batchItemFailures: 'a' }, ['a', 'b']],
    ['an empty id', some(''), ['a', 'b']],
    ['null for an id', some('a', null), ['a', 'b']],
    ['an unknown id', some('a', 'x'), ['a', 'b']],
    ['a wrong name for the id', { batchItemFailures: [{ id: 'a' }] }, ['a', 'b']],
  ])('%s', (_, response, failed) => {
    expect([...failedItems(response, ['a', 'b'])]).toEqual(failed);
  });
});
