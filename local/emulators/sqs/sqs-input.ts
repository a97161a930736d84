import { type Input, ServiceError } from '../ground/service.ts';
import type { MessageAttribute } from './message.ts';
import type { HandleState, Queue, SendOptions } from './queue.ts';
import type { Queues } from './queues.ts';

/** SQS's quota for one message, and for a whole batch: 1 MiB since 2025, 262,144 bytes before. */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** Error codes of the query protocol that differ from the name of the error. */
const QUERY_CODES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['QueueDoesNotExist', 'NonExistentQueue'],
    ['MessageNotInflight', 'MessageNotInflight'],
    ['EmptyBatchRequest', 'EmptyBatchRequest'],
    ['TooManyEntriesInBatchRequest', 'TooManyEntriesInBatchRequest'],
    ['BatchEntryIdsNotDistinct', 'BatchEntryIdsNotDistinct'],
    ['BatchRequestTooLong', 'BatchRequestTooLong'],
  ].map(([name, code]) => [name, `AWS.SimpleQueueService.${code}`]),
);

export function queryCode({ code }: ServiceError): string {
  return QUERY_CODES[code] ?? code;
}

/** @throws ServiceError QueueDoesNotExist */
export function queueOf(queues: Queues, { QueueUrl }: Input): Queue {
  const queue = typeof QueueUrl === 'string' ? queues.byUrl(QueueUrl) : undefined;
  if (!queue) throw new ServiceError('QueueDoesNotExist', 'The specified queue does not exist.');
  return queue;
}

/** @throws ServiceError InvalidParameterValue if it is given, but is not a whole number from `least` to `most` */
export function whole(input: Input, member: string, least: number, most: number): number | undefined {
  const value = input[member];
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most)
    return number;
  throw invalid(
    `Value ${String(value)} for parameter ${member} is invalid. Reason: Must be between ${least} and ${most}.`,
  );
}

export function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterValue', message);
}

/** @throws ServiceError if SQS would refuse the message */
export function messageOf(input: Input): { body: string; options: SendOptions; bytes: number } {
  const { MessageBody: body } = input;
  if (typeof body !== 'string' || body === '')
    throw new ServiceError('MissingParameter', 'The request must contain the parameter MessageBody.');
  const attributes = (input.MessageAttributes ?? {}) as Record<string, MessageAttribute>;
  const bytes = Object.entries(attributes).reduce(
    (sum, entry) => sum + sizeOf(entry),
    Buffer.byteLength(body),
  );
  if (bytes > MAX_MESSAGE_BYTES)
    throw invalid(
      `One or more parameters are invalid. Reason: Message must be shorter than ${MAX_MESSAGE_BYTES} bytes.`,
    );
  const delaySeconds = whole(input, 'DelaySeconds', 0, 900);
  return { body, bytes, options: { attributes, ...(delaySeconds !== undefined && { delaySeconds }) } };
}

function sizeOf([name, { DataType = '', StringValue = '', BinaryValue = '' }]: [
  string,
  MessageAttribute,
]): number {
  const texts = [name, DataType, StringValue].map((text) => Buffer.byteLength(text));
  return texts.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(BinaryValue, 'base64'));
}

/** @throws ServiceError ReceiptHandleIsInvalid for a handle that is not of this queue */
export function requireHandle(state: HandleState, handle: string): void {
  if (state !== 'foreign') return;
  throw new ServiceError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
  );
}

/** @throws ServiceError MissingParameter */
export function handleOf({ ReceiptHandle }: Input): string {
  if (typeof ReceiptHandle === 'string' && ReceiptHandle !== '') return ReceiptHandle;
  throw new ServiceError('MissingParameter', 'The request must contain the parameter ReceiptHandle.');
}

/** @returns the members of a list that are strings */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((member) => typeof member === 'string') : [];
}
