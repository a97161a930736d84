import { ACCOUNT_ID } from '../../ground/account.ts';
import type { Received } from './message.ts';
import type { Queue } from './queue.ts';
import { MAX_MESSAGE_BYTES } from './sqs-input.ts';

/** The attributes that a receiver requested; `All` means all. */
export interface WantedAttributes {
  readonly system: readonly string[];
  readonly own: readonly string[];
}

/** A received message as the API's JSON has it. */
export function wireMessage(message: Received, { system, own }: WantedAttributes): object {
  const attributes = select(systemAttributes(message), (name) =>
    system.some((wanted) => wanted === 'All' || wanted === name),
  );
  const ownAttributes = select(message.attributes, (name) => own.some((wanted) => covers(wanted, name)));
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: message.md5OfBody,
    Body: message.body,
    ...(Object.keys(attributes).length > 0 && { Attributes: attributes }),
    ...(Object.keys(ownAttributes).length > 0 && { MessageAttributes: ownAttributes }),
  };
}

/** Attributes that SQS itself gives a message. */
export function systemAttributes(message: Received) {
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: ACCOUNT_ID,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(message.trace !== undefined && { AWSTraceHeader: message.trace }),
    ...(message.deadLetterOf !== undefined && { DeadLetterQueueSourceArn: message.deadLetterOf }),
    ...(message.fifo && {
      MessageGroupId: message.fifo.groupId,
      MessageDeduplicationId: message.fifo.deduplicationId,
      SequenceNumber: message.fifo.sequenceNumber,
    }),
  };
}

/** A receiver may request `name`, `prefix.*`, `All` and `.*`. */
function covers(wanted: string, name: string): boolean {
  return wanted === 'All' || (wanted.endsWith('.*') ? name.startsWith(wanted.slice(0, -2)) : wanted === name);
}

function select<T>(all: Readonly<Record<string, T>>, isWanted: (name: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(name)));
}

export function queueAttributes(queue: Queue, wanted: readonly string[]): Record<string, string> {
  const { settings } = queue;
  const { visible, inFlight, delayed } = queue.counts();
  const { redrive, fifo } = settings;
  const all = {
    QueueArn: settings.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(settings.visibilityTimeoutSeconds),
    DelaySeconds: String(settings.delaySeconds),
    MessageRetentionPeriod: String(settings.retentionSeconds),
    MaximumMessageSize: String(MAX_MESSAGE_BYTES),
    ReceiveMessageWaitTimeSeconds: String(settings.waitSeconds),
    ...(fifo && {
      FifoQueue: 'true',
      ContentBasedDeduplication: String(fifo.contentBasedDeduplication),
      DeduplicationScope: 'queue',
      FifoThroughputLimit: 'perQueue',
    }),
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: redrive.deadLetterArn,
        maxReceiveCount: redrive.maxReceiveCount,
      }),
    }),
  };
  return select(all, (name) => wanted.some((one) => one === 'All' || one === name));
}
