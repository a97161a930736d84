import type { Counts } from '../emulators/sqs/message.ts';
import type { Queue, QueueSettings } from '../emulators/sqs/queue.ts';
import type { Queues } from '../emulators/sqs/queues.ts';
import type { Assembly } from './assembly.ts';
import type { Resolver } from './intrinsics.ts';
import { type KnownProperties, requireKnown, resourcesOf, wholeNumber } from './properties.ts';

export interface LocalQueue {
  readonly url: string;
  readonly arn: string;
  /** Whether this is the dead-letter queue of a queue of the stack. */
  readonly isForDeadLetters: boolean;
  /** ARN of this queue's own dead-letter queue; absent if it has none. */
  readonly deadLetterArn?: string;
  counts(): Counts;
}

const KNOWN: KnownProperties = {
  executed: [
    'VisibilityTimeout',
    'DelaySeconds',
    'MessageRetentionPeriod',
    'ReceiveMessageWaitTimeSeconds',
    'RedrivePolicy',
    'FifoQueue',
    'ContentBasedDeduplication',
  ],
  // RedriveAllowPolicy is about access, which is not enforced here.
  leftOut: [
    'KmsMasterKeyId',
    'KmsDataKeyReusePeriodSeconds',
    'SqsManagedSseEnabled',
    'RedriveAllowPolicy',
    'Tags',
  ],
};

const DAY = 86_400;

/**
 * Creates the template's queues.
 *
 * @returns the queues by logical id
 * @throws Error for a queue with an unsupported property, and for a dead-letter queue that is not in the template or not of the
 * same type
 */
export function defineQueues(
  assembly: Assembly,
  resolver: Resolver,
  queues: Queues,
): Record<string, LocalQueue> {
  const defined = resourcesOf(assembly, 'AWS::SQS::Queue').map(([id, { Properties }]): [string, Queue] => {
    requireKnown(id, Properties, KNOWN);
    return [id, queues.define(settingsOf(id, Object(resolver.resolve(Properties)), resolver))];
  });
  const deadLetterArns = new Set(defined.map(([, { settings }]) => settings.redrive?.deadLetterArn));
  for (const { settings } of queues.all()) {
    const { name, redrive, fifo } = settings;
    if (!redrive) continue;
    const deadLetters = queues.byArn(redrive.deadLetterArn);
    if (!deadLetters)
      throw new Error(
        `${name}: its dead-letter queue ${redrive.deadLetterArn} is not a queue of this stack.`,
      );
    if (Boolean(deadLetters.settings.fifo) !== Boolean(fifo))
      throw new Error(
        `${name}: a FIFO queue's dead-letter queue is a FIFO queue, and a standard queue's is not.`,
      );
  }
  const queuesById = defined.map(([id, { settings, counts }]): [string, LocalQueue] => {
    const { url, arn, redrive } = settings;
    const deadLetterArn = redrive && { deadLetterArn: redrive.deadLetterArn };
    return [id, { url, arn, isForDeadLetters: deadLetterArns.has(arn), ...deadLetterArn, counts }];
  });
  return Object.fromEntries(queuesById);
}

function settingsOf(id: string, properties: Record<string, unknown>, resolver: Resolver): QueueSettings {
  const seconds = (name: string, least: number, most: number, unlessGiven: number) =>
    wholeNumber(`${id}: ${name}`, properties[name], least, most) ?? unlessGiven;
  const redrive =
    properties.RedrivePolicy === undefined ? undefined : redriveOf(id, properties.RedrivePolicy);
  const fifo = fifoOf(id, properties);
  return {
    name: resolver.attribute(id, 'QueueName'),
    arn: resolver.attribute(id, 'Arn'),
    url: resolver.ref(id),
    visibilityTimeoutSeconds: seconds('VisibilityTimeout', 0, DAY / 2, 30),
    delaySeconds: seconds('DelaySeconds', 0, 900, 0),
    retentionSeconds: seconds('MessageRetentionPeriod', 60, 14 * DAY, 4 * DAY),
    waitSeconds: seconds('ReceiveMessageWaitTimeSeconds', 0, 20, 0),
    ...(redrive && { redrive }),
    ...(fifo && { fifo }),
  };
}

function fifoOf(
  id: string,
  { FifoQueue, ContentBasedDeduplication }: Record<string, unknown>,
): QueueSettings['fifo'] {
  const contentBasedDeduplication = String(ContentBasedDeduplication) === 'true';
  if (String(FifoQueue) === 'true') return { contentBasedDeduplication };
  if (FifoQueue === undefined && !contentBasedDeduplication) return undefined;
  throw new Error(`${id}: FifoQueue is true or absent, and ContentBasedDeduplication goes with it.`);
}

/** CloudFormation accepts the policy as an object or as JSON text. */
function redriveOf(id: string, policy: unknown): QueueSettings['redrive'] {
  const { deadLetterTargetArn, maxReceiveCount } = Object(
    typeof policy === 'string' ? JSON.parse(policy) : policy,
  );
  const times = wholeNumber(`${id}: maxReceiveCount`, maxReceiveCount, 1, 1000);
  if (typeof deadLetterTargetArn === 'string' && times !== undefined)
    return { deadLetterArn: deadLetterTargetArn, maxReceiveCount: times };
  throw new Error(`${id}: RedrivePolicy needs deadLetterTargetArn and maxReceiveCount.`);
}
