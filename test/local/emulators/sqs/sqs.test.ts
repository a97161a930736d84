import { env } from 'node:process';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  QueueDoesNotExist,
  ReceiptHandleIsInvalid,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';

const ARN = 'arn:aws:sqs:us-east-1:000000000000:';

let emulator: Emulators;
let client: SQSClient;
let now: number;
let QueueUrl: string;

beforeEach(async () => {
  now = Date.UTC(2026, 0, 2);
  emulator = await startEmulators({ clock: () => now });
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  client = new SQSClient({ region: 'us-east-1', endpoint: emulator.url, credentials, maxAttempts: 1 });
  define('dead');
  QueueUrl = define('jobs', `${ARN}dead`);
});
afterEach(async () => {
  client.destroy();
  await emulator.close();
});

function define(name: string, deadLetterArn?: string): string {
  const url = `${emulator.url}/000000000000/${name}`;
  emulator.queues.define({
    name,
    url,
    arn: ARN + name,
    visibilityTimeoutSeconds: 30,
    delaySeconds: 0,
    retentionSeconds: 345_600,
    waitSeconds: 0,
    ...(deadLetterArn !== undefined && { redrive: { deadLetterArn, maxReceiveCount: 1 } }),
  });
  return url;
}

const receive = async (more: object = {}) => {
  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, ...more }));
  return Messages;
};

/** Older AWS CLIs use this protocol, such as version 2.9 of Debian 12. */
async function form(parameters: Record<string, string>) {
  const body = new URLSearchParams({ Version: '2012-11-05', ...parameters });
  const response = await fetch(emulator.url, { method: 'POST', body });
  return { status: response.status, type: response.headers.get('content-type'), xml: await response.text() };
}

describe('SQS in JSON, with the SDK that checks every digest', () => {
  it('keeps the trace header that the SDK sends, for a message and for a batch', async () => {
    const trace = 'Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a87bd80c:1';
    Object.assign(env, { AWS_LAMBDA_FUNCTION_NAME: 'Fn', _X_AMZN_TRACE_ID: trace });
    try {
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' }));
      const Entries = [{ Id: '0', MessageBody: 'two' }];
      await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    } finally {
      delete env.AWS_LAMBDA_FUNCTION_NAME;
      delete env._X_AMZN_TRACE_ID;
    }
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'three' }));
    const messages = await receive({ AttributeNames: ['AWSTraceHeader'], MaxNumberOfMessages: 10 });
    expect(messages.map(({ Attributes }) => Attributes?.AWSTraceHeader)).toEqual([trace, trace, undefined]);
  });

  it('sends, receives and deletes', async () => {
    const MessageAttributes = {
      kind: { DataType: 'String', StringValue: 'text' },
      raw: { DataType: 'Binary', BinaryValue: Buffer.from('ü') },
    };
    const sent = await client.send(
      new SendMessageCommand({ QueueUrl, MessageBody: 'grüße', MessageAttributes }),
    );
    const [message] = await receive({ AttributeNames: ['All'], MessageAttributeNames: ['All'] });
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: 'grüße',
      MD5OfBody: sent.MD5OfMessageBody,
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(now), SenderId: '000000000000' },
      MessageAttributes: { kind: MessageAttributes.kind, raw: { DataType: 'Binary' } },
    });
    expect(Buffer.from(message?.MessageAttributes?.raw?.BinaryValue ?? []).toString()).toBe('ü');
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
    expect(emulator.queues.byUrl(QueueUrl)?.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('returns no attributes that were not requested', async () => {
    emulator.queues
      .byUrl(QueueUrl)
      ?.send('x', { attributes: { a: { DataType: 'String', StringValue: 'b' } } });
    const [message] = await receive();
    expect(message).not.toHaveProperty('Attributes');
    expect(message).not.toHaveProperty('MessageAttributes');
  });

  it('waits for a message', async () => {
    const waiting = receive({ WaitTimeSeconds: 20 });
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'here' }));
    expect(await waiting).toHaveLength(1);
  });

  it('stops waiting by its own clock', async () => {
    const inVain = receive({ WaitTimeSeconds: 20 });
    while (emulator.peakConcurrency('sqs:ReceiveMessage') < 1) await new Promise(setImmediate);
    now += 20_000;
    expect(await inVain).toEqual([]);
  });

  it('delivers nothing to a receiver that has disconnected', async () => {
    const abort = new AbortController();
    const queue = emulator.queues.byUrl(QueueUrl);
    const command = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 });
    const gone = expect(client.send(command, { abortSignal: abort.signal })).rejects.toThrow('aborted');
    while (emulator.peakConcurrency('sqs:ReceiveMessage') < 1) await new Promise(setImmediate);
    abort.abort();
    await gone;
    while (emulator.requests.length < 1) await new Promise(setImmediate);
    queue?.send('for whoever is there');
    expect(queue?.counts()).toMatchObject({ visible: 1, inFlight: 0 });
  });

  it('processes batches entry by entry', async () => {
    const { Successful, Failed } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'good', MessageBody: 'one' },
          { Id: 'bad', MessageBody: 'two', DelaySeconds: 901 },
        ],
      }),
    );
    expect(Successful?.map(({ Id }) => Id)).toEqual(['good']);
    expect(Failed).toMatchObject([{ Id: 'bad', Code: 'InvalidParameterValue', SenderFault: true }]);
    expect(await receive({ MaxNumberOfMessages: 10 })).toMatchObject([{ Body: 'one' }]);
  });

  it('redrives dead letters', async () => {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }));
    await receive({ VisibilityTimeout: 0 });
    expect(await receive()).toEqual([]);
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: `${ARN}dead` }));
    expect(await receive()).toMatchObject([{ Body: 'poison' }]);
    const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn: `${ARN}dead` }));
    expect(Results).toMatchObject([{ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 }]);
    const other = client.send(new StartMessageMoveTaskCommand({ SourceArn: `${ARN}jobs` }));
    await expect(other).rejects.toThrow('Dead Letter Queue');
  });

  it('returns the attributes of its queues', async () => {
    expect((await client.send(new ListQueuesCommand({ QueueNamePrefix: 'jo' }))).QueueUrls).toEqual([
      QueueUrl,
    ]);
    expect((await client.send(new GetQueueUrlCommand({ QueueName: 'jobs' }))).QueueUrl).toBe(QueueUrl);
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', DelaySeconds: 5 }));
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      QueueArn: `${ARN}jobs`,
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '1',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `${ARN}dead`, maxReceiveCount: 1 }),
    });
  });

  const entries = (count: number, body = 'x') =>
    Array.from({ length: count }, (_, index) => ({ Id: String(index), MessageBody: body }));
  it.each([
    [
      'an unknown queue',
      () => new SendMessageCommand({ QueueUrl: 'http://x/1/no', MessageBody: 'x' }),
      QueueDoesNotExist,
    ],
    [
      'a foreign receipt handle',
      () => new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'x' }),
      ReceiptHandleIsInvalid,
    ],
    [
      'eleven entries',
      () => new SendMessageBatchCommand({ QueueUrl, Entries: entries(11) }),
      'TooManyEntries',
    ],
    ['no entries', () => new SendMessageBatchCommand({ QueueUrl, Entries: [] }), 'EmptyBatchRequest'],
    [
      'the same id twice',
      () => new SendMessageBatchCommand({ QueueUrl, Entries: [...entries(1), ...entries(1)] }),
      'IdsNotDistinct',
    ],
    [
      'too long a batch',
      () => new SendMessageBatchCommand({ QueueUrl, Entries: entries(2, 'x'.repeat(600_000)) }),
      'BatchRequestTooLong',
    ],
    [
      'too long a message',
      () => new SendMessageCommand({ QueueUrl, MessageBody: 'ü'.repeat(524_289) }),
      'InvalidParameterValue',
    ],
    ['an empty message', () => new SendMessageCommand({ QueueUrl, MessageBody: '' }), 'MissingParameter'],
    [
      'eleven messages at once',
      () => new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11 }),
      'InvalidParameterValue',
    ],
  ])('refuses %s', async (_, command, error) => {
    // The types of the commands have nothing in common, but the client accepts each.
    const failure: unknown = await client.send(command() as SendMessageCommand).catch((caught) => caught);
    if (typeof error === 'function') expect(failure).toBeInstanceOf(error);
    else expect(Object(failure).name).toContain(error);
  });

  it('accepts a message of exactly 1 MiB', async () => {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(1_048_576) }));
    expect((await receive())[0]?.Body).toHaveLength(1_048_576);
  });

  it('refuses to change a message that is not in flight', async () => {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    const [message] = await receive({ VisibilityTimeout: 0 });
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl,
      ReceiptHandle: message?.ReceiptHandle,
      VisibilityTimeout: 10,
    });
    await expect(client.send(command)).rejects.toMatchObject({
      name: expect.stringContaining('MessageNotInflight'),
    });
  });

  it.each([
    ['throttle', 400, 'RequestThrottled'],
    ['fail', 500, 'InternalFailure'],
  ] as const)('fails with %s if that fault is set', async (fault, httpStatusCode, name) => {
    emulator.faults.set({ operation: 'sqs', fault, times: 1 });
    await expect(receive()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    expect(await receive()).toEqual([]);
    expect(emulator.requests.map(({ operation, status }) => [operation, status])).toEqual([
      ['sqs:ReceiveMessage', httpStatusCode],
      ['sqs:ReceiveMessage', 200],
    ]);
  });
});

describe('SQS in forms and XML', () => {
  it('sends, receives and deletes', async () => {
    const sent = await form({ Action: 'SendMessage', QueueUrl, MessageBody: '<a & "b">' });
    expect(sent).toMatchObject({ status: 200, type: 'text/xml' });
    expect(sent.xml).toContain(
      '<SendMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><SendMessageResult>',
    );
    const { xml } = await form({ Action: 'ReceiveMessage', QueueUrl });
    expect(xml).toContain('<Body>&lt;a &amp; &quot;b&quot;&gt;</Body>');
    const ReceiptHandle = /<ReceiptHandle>(.*)<\/ReceiptHandle>/.exec(xml)?.[1] ?? '';
    expect((await form({ Action: 'DeleteMessage', QueueUrl, ReceiptHandle })).status).toBe(200);
    expect(emulator.queues.byUrl(QueueUrl)?.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('returns the requested attributes', async () => {
    const attributes = { kind: { DataType: 'String', StringValue: 'te&xt' } };
    emulator.queues.byUrl(QueueUrl)?.send('x', { attributes });
    const { xml } = await form({
      Action: 'ReceiveMessage',
      QueueUrl,
      'AttributeName.1': 'ApproximateReceiveCount',
      'AttributeName.2': 'SenderId',
      'MessageAttributeName.1': 'kind',
    });
    expect(xml).toContain('<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>');
    expect(xml).toContain('<Attribute><Name>SenderId</Name><Value>000000000000</Value></Attribute>');
    expect(xml).toContain(
      '<MessageAttribute><Name>kind</Name><Value><DataType>String</DataType><StringValue>te&amp;xt</StringValue></Value></MessageAttribute>',
    );
  });

  it('lists queues', async () => {
    expect((await form({ Action: 'ListQueues' })).xml).toContain(`<QueueUrl>${QueueUrl}</QueueUrl>`);
  });

  it.each([
    [{ Action: 'ReceiveMessage', QueueUrl: 'no' }, 400, 'Sender', 'AWS.SimpleQueueService.NonExistentQueue'],
    [
      { Action: 'DeleteMessage', QueueUrl: 'jobs', ReceiptHandle: 'x' },
      400,
      'Sender',
      'ReceiptHandleIsInvalid',
    ],
    [{ Action: 'GetCallerIdentity' }, 400, 'Sender', 'NotEmulated'],
    [{ Action: 'PurgeQueue', QueueUrl: 'jobs' }, 400, 'Sender', 'NotEmulated'],
    [
      { Action: 'SendMessage', QueueUrl: 'jobs', MessageBody: 'x', 'MessageAttribute.1.Name': 'kind' },
      400,
      'Sender',
      'NotEmulated',
    ],
    [
      { Action: 'SendMessageBatch', QueueUrl: 'jobs', 'SendMessageBatchRequestEntry.1.Id': 'a' },
      400,
      'Sender',
      'NotEmulated',
    ],
  ])('refuses %j', async (parameters, status, type, code) => {
    const answer = await form(parameters);
    expect(answer.status).toBe(status);
    expect(answer.xml).toContain(`<ErrorResponse><Error><Type>${type}</Type><Code>${code}</Code>`);
  });
});
