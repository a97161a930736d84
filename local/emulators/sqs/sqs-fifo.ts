import { type Input, ServiceError } from '../ground/service.ts';
import type { FifoWish } from './fifo.ts';
import type { QueueSettings } from './queue.ts';
import { invalid } from './sqs-input.ts';

/** The characters that SQS accepts in either parameter. */
const ID = /^[A-Za-z0-9!-/:-@[-`{-~]{1,128}$/;

/** Reads group and deduplication id, for a queue of either kind. @throws ServiceError MissingParameter, InvalidParameterValue */
export function fifoWishOf(input: Input, { fifo }: QueueSettings): FifoWish {
  const deduplicationId = idOf(input, 'MessageDeduplicationId');
  const groupId = idOf(input, 'MessageGroupId');
  if (!fifo) {
    // A standard queue accepts a group, which serves fair queueing there. That is not emulated.
    if (deduplicationId !== undefined) throw notHere('MessageDeduplicationId', deduplicationId);
    return {};
  }
  if (groupId === undefined)
    throw new ServiceError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
  if (deduplicationId === undefined && !fifo.contentBasedDeduplication)
    throw invalid(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  // The API's reference does not allow this parameter, but clients have observed that SQS accepts 0.
  if (Number(input.DelaySeconds ?? 0) !== 0) throw notHere('DelaySeconds', String(input.DelaySeconds));
  return { groupId, ...(deduplicationId !== undefined && { deduplicationId }) };
}

function idOf(input: Input, member: string): string | undefined {
  const value = input[member];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && ID.test(value)) return value;
  throw invalid(
    `Value ${String(value)} for parameter ${member} is invalid. Reason: ${member} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

function notHere(member: string, value: string): ServiceError {
  const reason = 'The request include parameter that is not valid for this queue type';
  return invalid(`Value ${value} for parameter ${member} is invalid. Reason: ${reason}.`);
}
