import { type Handler, type Input, ServiceError } from '../ground/service.ts';
import type { Queues } from './queues.ts';
import { MAX_MESSAGE_BYTES, queryCode, queueOf } from './sqs-input.ts';

interface Single {
  readonly SendMessage: Handler;
  readonly DeleteMessage: Handler;
  readonly ChangeMessageVisibility: Handler;
}

/** Each entry of a batch is the single operation; some may fail while others do not. */
export function batchHandlers(queues: Queues, single: Single): Record<string, Handler> {
  const batchOf = (operation: keyof Single): Handler => {
    return (input, signal) => {
      queueOf(queues, input);
      return performAll(entriesOf(input), (entry) =>
        single[operation]({ ...entry, QueueUrl: input.QueueUrl }, signal),
      );
    };
  };
  const send = batchOf('SendMessage');
  return {
    SendMessageBatch(input, signal) {
      requireShort(entriesOf(input));
      return send(input, signal);
    },
    DeleteMessageBatch: batchOf('DeleteMessage'),
    ChangeMessageVisibilityBatch: batchOf('ChangeMessageVisibility'),
  };
}

function performAll(entries: Input[], act: (entry: Input) => ReturnType<Handler>): object {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    const { Id } = entry;
    try {
      Successful.push({ Id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      Failed.push({ Id, Code: queryCode(error), Message: error.message, SenderFault: true });
    }
  }
  return { ...(Successful.length > 0 && { Successful }), ...(Failed.length > 0 && { Failed }) };
}

/** @throws ServiceError for a batch that SQS refuses as a whole */
function entriesOf({ Entries }: Input): Input[] {
  const entries: Input[] = Array.isArray(Entries) ? Entries.map((entry) => Object(entry)) : [];
  if (entries.length === 0)
    throw new ServiceError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > 10)
    throw new ServiceError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new ServiceError(
      'BatchEntryIdsNotDistinct',
      'Two or more batch entries in the request have the same Id.',
    );
  return entries;
}

/** @throws ServiceError BatchRequestTooLong */
function requireShort(entries: Input[]): void {
  const bytes = entries.reduce(
    (sum, { MessageBody }) => sum + Buffer.byteLength(String(MessageBody ?? '')),
    0,
  );
  if (bytes > MAX_MESSAGE_BYTES)
    throw new ServiceError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. You have sent ${bytes} bytes.`,
    );
}
