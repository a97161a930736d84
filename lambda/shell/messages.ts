import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Deadline } from '../domain/deadline.ts';
import type { Processed } from '../domain/detect/process-message.ts';
import { retryDelaySeconds } from '../domain/detect/retry-delay.ts';
import { DomainError } from '../domain/errors.ts';
import type { Redelivery } from '../domain/ports.ts';
import type { LambdaFunction } from './function.ts';
import { count, loggable, logger } from './telemetry.ts';

export interface MessagesDeps {
  /** After so many receives a message goes to the dead-letter queue. */
  maxReceiveCount: number;
  redelivery: Redelivery;
}

type ProcessMessage = (
  body: string,
  deadline: Deadline,
  attempt: { lastAttempt: boolean },
) => Promise<Processed>;

/**
 * Processes the messages of a batch side by side. Each message succeeds or fails by itself. The answer names those that
 * failed, and SQS delivers only those again.
 */
export function eachMessage(
  deps: MessagesDeps,
  process: ProcessMessage,
): LambdaFunction<SQSEvent, SQSBatchResponse> {
  return async ({ Records }, deadline) => {
    const failed = await Promise.all(Records.map((record) => hasFailed(deps, process, record, deadline)));
    const failures = Records.filter((_, index) => failed[index]);
    return { batchItemFailures: failures.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

async function hasFailed(
  deps: MessagesDeps,
  process: ProcessMessage,
  record: SQSRecord,
  deadline: Deadline,
): Promise<boolean> {
  const { messageId } = record;
  const receiveCount = Number(record.attributes.ApproximateReceiveCount);
  const attempt = { lastAttempt: receiveCount >= deps.maxReceiveCount };
  try {
    const processed = await process(record.body, deadline, attempt);
    const isEnded = processed.kind !== 'not-ended';
    logger[isEnded ? 'info' : 'warn']('message', { messageId, receiveCount, ...processed });
    count(`Message:${processed.kind}`);
    if (!isEnded) await comeBack(deps, record, retryDelaySeconds(receiveCount), deadline);
    return !isEnded;
  } catch (error) {
    const code = error instanceof DomainError ? error.code : undefined;
    logger.error('message', { messageId, receiveCount, kind: 'failed', ...loggable(error) });
    count('Message:failed');
    await comeBack(deps, record, retryDelaySeconds(receiveCount, code), deadline);
    return true;
  }
}

/** Sets the delay until the next delivery. If that fails, SQS delivers the message after the queue's visibility timeout. */
async function comeBack(
  { redelivery }: MessagesDeps,
  { messageId, receiptHandle }: SQSRecord,
  seconds: number,
  deadline: Deadline,
): Promise<void> {
  try {
    await redelivery.after(receiptHandle, seconds, deadline.signal);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    logger.warn('message comes back late', { messageId, ...loggable(error) });
  }
}
