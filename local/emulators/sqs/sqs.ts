import type { Clock } from '../../ground/clock.ts';
import type { FormService } from '../ground/query-protocol.ts';
import { type Handler, type Input, type JsonService, ServiceError } from '../ground/service.ts';
import type { Received } from './message.ts';
import type { Queue } from './queue.ts';
import type { Queues } from './queues.ts';
import { batchHandlers } from './sqs-batch.ts';
import { fifoWishOf } from './sqs-fifo.ts';
import {
  handleOf,
  invalid,
  messageOf,
  queryCode,
  queueOf,
  requireHandle,
  texts,
  whole,
} from './sqs-input.ts';
import { moveHandlers } from './sqs-moves.ts';
import { queueAttributes, wireMessage } from './sqs-output.ts';
import { sqsForm } from './sqs-query.ts';

const HALF_A_DAY = 43_200;

/** Emulates Amazon SQS for the existing queues. Queues cannot be created or deleted. */
export function sqsService(queues: Queues, clock: Clock): JsonService & FormService {
  const handlers = {
    ...messageHandlers(queues, clock),
    ...queueHandlers(queues),
    ...moveHandlers(queues, clock),
  };
  return {
    name: 'sqs',
    target: 'AmazonSQS',
    version: '1.0',
    form: sqsForm,
    handlers: { ...handlers, ...batchHandlers(queues, handlers.SendMessage) },
    refusals: {
      throttle: new ServiceError('RequestThrottled', 'Request is throttled.'),
      fail: new ServiceError('InternalFailure', 'We encountered an internal error. Please try again.', 500),
      reject: new ServiceError('InvalidParameterValue', 'The request is not valid.'),
    },
    // Clients of the JSON protocol read the error code from this header, so that it is the same as in the query protocol.
    errorHeaders: (error) => ({
      'x-amzn-query-error': `${queryCode(error)};${error.status < 500 ? 'Sender' : 'Receiver'}`,
    }),
  };
}

function messageHandlers(queues: Queues, clock: Clock) {
  return {
    SendMessage(input, _, headers) {
      const { body, options } = messageOf(input);
      const queue = queueOf(queues, input);
      const trace = headers['x-amzn-trace-id'];
      const message = queue.send(body, {
        ...options,
        ...(typeof trace === 'string' && { trace }),
        ...fifoWishOf(input, queue.settings),
      });
      return {
        MessageId: message.messageId,
        MD5OfMessageBody: message.md5OfBody,
        ...(message.fifo && { SequenceNumber: message.fifo.sequenceNumber }),
      };
    },
    async ReceiveMessage(input, signal) {
      const messages = await receive(queueOf(queues, input), input, clock, signal);
      const wanted = {
        system: [...texts(input.AttributeNames), ...texts(input.MessageSystemAttributeNames)],
        own: texts(input.MessageAttributeNames),
      };
      // SQS omits an empty list, and clients treat a missing list as empty.
      return messages.length === 0
        ? {}
        : { Messages: messages.map((message) => wireMessage(message, wanted)) };
    },
    DeleteMessage(input) {
      const handle = handleOf(input);
      const queue = queueOf(queues, input);
      const state = queue.delete(handle);
      requireHandle(state, handle);
      if (queue.settings.fifo && state === 'stale')
        throw invalid(
          `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
        );
      return undefined;
    },
    ChangeMessageVisibility: (input) => changeVisibility(queueOf(queues, input), input),
  } satisfies Record<string, Handler>;
}

/** @throws ServiceError if the message is not in flight */
function changeVisibility(queue: Queue, input: Input): undefined {
  const handle = handleOf(input);
  const seconds = whole(input, 'VisibilityTimeout', 0, HALF_A_DAY);
  if (seconds === undefined)
    throw new ServiceError('MissingParameter', 'The request must contain the parameter VisibilityTimeout.');
  const state = queue.changeVisibility(handle, seconds);
  requireHandle(state, handle);
  if (state === 'gone')
    throw invalid(`Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist.`);
  if (state === 'stale')
    throw new ServiceError('MessageNotInflight', 'The message referred to is not in flight.');
}

async function receive(queue: Queue, input: Input, clock: Clock, signal: AbortSignal): Promise<Received[]> {
  const max = whole(input, 'MaxNumberOfMessages', 1, 10) ?? 1;
  const seconds = whole(input, 'VisibilityTimeout', 0, HALF_A_DAY);
  const until = clock() + (whole(input, 'WaitTimeSeconds', 0, 20) ?? queue.settings.waitSeconds) * 1000;
  for (;;) {
    const messages = signal.aborted ? [] : queue.receive(max, seconds);
    if (messages.length > 0 || signal.aborted || clock() >= until) return messages;
    await queue.wait(until, signal);
  }
}

function queueHandlers(queues: Queues) {
  return {
    GetQueueUrl({ QueueName }) {
      return { QueueUrl: queueOf(queues, { QueueUrl: QueueName }).settings.url };
    },
    ListQueues({ QueueNamePrefix = '' }) {
      const found = queues.all().filter(({ settings }) => settings.name.startsWith(String(QueueNamePrefix)));
      return { QueueUrls: found.map(({ settings }) => settings.url) };
    },
    GetQueueAttributes(input) {
      return { Attributes: queueAttributes(queueOf(queues, input), texts(input.AttributeNames)) };
    },
  } satisfies Record<string, Handler>;
}
