import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';

let emulator: Emulators;
let client: SQSClient;
let now: number;
let QueueUrl: string;

beforeEach(async () => {
  now = Date.UTC(2026, 0, 2);
  emulator = await startEmulators({ clock: () => now });
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  client = new SQSClient({ region: 'us-east-1', endpoint: emulator.url, credentials, maxAttempts: 1 });
  QueueUrl = define('jobs.fifo', { fifo: { contentBasedDeduplication: true } });
});
afterEach(async () => {
  client.destroy();
  await emulator.close();
});

function define(name: string, more: object = {}): string {
  const url = `${emulator.url}/000000000000/${name}`;
  emulator.queues.define({
    name,
    url,
    arn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
    visibilityTimeoutSeconds: 30,
    delaySeconds: 0,
    retentionSeconds: 345_600,
    waitSeconds: 0,
    ...more,
  });
  return url;
}

const message = { MessageBody: 'hello', MessageGroupId: 'g' };
const send = (input: Partial<SendMessageCommandInput> = {}) =>
  client.send(new SendMessageCommand({ QueueUrl, ...message, ...input }));
const receive = async (more: object = {}) => {
  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, ...more }));
  return Messages;
};

describe('SQS with a FIFO queue', () => {
  it('sends, receives and deletes', async () => {
    const sent = await send({ MessageDeduplicationId: 'd', DelaySeconds: 0 });
    expect(sent.SequenceNumber).toMatch(/^\d{20}$/);
    const [received] = await receive({ AttributeNames: ['All'] });
    expect(received?.Attributes).toMatchObject({
      MessageGroupId: 'g',
      MessageDeduplicationId: 'd',
      SequenceNumber: sent.SequenceNumber,
    });
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: received?.ReceiptHandle }));
    expect(emulator.queues.byUrl(QueueUrl)?.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('returns the requested attributes', async () => {
    await send();
    const [received] = await receive({ MessageSystemAttributeNames: ['MessageGroupId'] });
    expect(received?.Attributes).toEqual({ MessageGroupId: 'g' });
  });

  it('answers a duplicate like the first', async () => {
    const [first, again] = [await send(), await send({ MessageGroupId: 'other' })];
    expect([again.MessageId, again.SequenceNumber]).toEqual([first.MessageId, first.SequenceNumber]);
    expect(await receive({ MaxNumberOfMessages: 10 })).toHaveLength(1);
    const other = await send({ MessageDeduplicationId: 'd' });
    expect(BigInt(other.SequenceNumber ?? 0)).toBeGreaterThan(BigInt(first.SequenceNumber ?? 0));
  });

  it('sends batches entry by entry, in order', async () => {
    const Entries = [
      { Id: 'b', MessageBody: '1', MessageGroupId: 'g' },
      { Id: 'a', MessageBody: '2', MessageGroupId: 'g' },
      { Id: 'lost', MessageBody: '3' },
      { Id: 'late', MessageBody: '4', MessageGroupId: 'g', DelaySeconds: 1 },
      { Id: 'same', MessageBody: '1', MessageGroupId: 'g' },
    ];
    const { Successful, Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Successful?.map(({ Id }) => Id)).toEqual(['b', 'a', 'same']);
    expect(Successful?.[2]?.SequenceNumber).toBe(Successful?.[0]?.SequenceNumber);
    expect(Failed).toMatchObject([
      { Id: 'lost', Code: 'MissingParameter', SenderFault: true },
      { Id: 'late', Code: 'InvalidParameterValue', SenderFault: true },
    ]);
    expect((await receive({ MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(['1', '2']);
  });

  it('returns the attributes of the queue', async () => {
    const attributesOf = async (url: string) => {
      const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] });
      return (await client.send(command)).Attributes;
    };
    expect(await attributesOf(QueueUrl)).toMatchObject({
      FifoQueue: 'true',
      ContentBasedDeduplication: 'true',
    });
    expect(await attributesOf(define('jobs'))).not.toHaveProperty('FifoQueue');
  });

  it('deletes nothing by an expired handle', async () => {
    await send();
    const [received] = await receive();
    now += 30_000;
    const { ReceiptHandle } = received ?? {};
    await expect(client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('has expired'),
    });
  });

  it.each([
    ['no group', { MessageGroupId: undefined }, 'MissingParameter', 'parameter MessageGroupId'],
    ['a group with other characters', { MessageGroupId: 'a b' }, 'InvalidParameterValue', 'MessageGroupId'],
    ['too long a group', { MessageGroupId: 'x'.repeat(129) }, 'InvalidParameterValue', '1 to 128'],
    ['an empty deduplication id', { MessageDeduplicationId: '' }, 'InvalidParameterValue', '1 to 128'],
    ['a delay of its own', { DelaySeconds: 3 }, 'InvalidParameterValue', 'DelaySeconds'],
  ])('refuses %s', async (_, input, name, text) => {
    await expect(send(input)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(text),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('refuses a message without an id for deduplication', async () => {
    const url = define('strict.fifo', { fifo: { contentBasedDeduplication: false } });
    await expect(send({ QueueUrl: url })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('ContentBasedDeduplication'),
    });
    await send({ QueueUrl: url, MessageDeduplicationId: 'd' });
  });

  it('supports the protocol of older clients', async () => {
    const form = async (parameters: object) => {
      const body = new URLSearchParams({ Version: '2012-11-05', QueueUrl, ...parameters });
      return await (await fetch(emulator.url, { method: 'POST', body })).text();
    };
    const sent = await form({ Action: 'SendMessage', ...message });
    expect(sent).toMatch(/<SequenceNumber>\d{20}<\/SequenceNumber>/);
    const received = await form({ Action: 'ReceiveMessage', 'AttributeName.1': 'MessageGroupId' });
    expect(received).toContain('<Attribute><Name>MessageGroupId</Name><Value>g</Value></Attribute>');
  });
});

describe('SQS with a standard queue', () => {
  it('accepts a group, but no deduplication id', async () => {
    const url = define('jobs');
    expect(await send({ QueueUrl: url })).not.toHaveProperty('SequenceNumber');
    await expect(send({ QueueUrl: url, MessageDeduplicationId: 'd' })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('not valid for this queue type'),
    });
  });
});
