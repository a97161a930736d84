import { type Handler, type Input, ServiceError } from '../ground/service.ts';
import type { Queues } from './queues.ts';
import { MAX_MESSAGE_BYTES, queryCode, queueOf } from './sqs-input.ts';

/** Emulates SendMessageBatch, the only batch operation that is called. Each entry is a SendMessage that succeeds or fails by itself. */
export function batchHandlers(queues: Queues, sendMessage: Handler): Record<string, Handler> {
  return {
    SendMessageBatch(input, ...rest) {
      const entries = entriesOf(input);
      requireShort(entries);
      queueOf(queues, input);
      return performAll(entries, (entry) => sendMessage({ ...entry, QueueUrl: input.QueueUrl }, ...rest));
    },
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
