import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { AccessRemoved } from '../domain/access/remove-access.ts';
import type { Deadline } from '../domain/deadline.ts';
import type { Processed } from '../domain/detect/process-message.ts';
import type { ReportProcessed } from '../domain/detect/process-report.ts';
import { retryDelaySeconds } from '../domain/detect/retry-delay.ts';
import type { EndedProcessed } from '../domain/ended-assignments/process-ended.ts';
import { DomainError } from '../domain/errors.ts';
import type { Redelivery } from '../domain/ports.ts';
import type { Told } from '../domain/tell/tell.ts';
import type { LambdaFunction } from './function.ts';
import { idsOf } from './message-ids.ts';
import { count, loggable, logger, measureSeconds } from './telemetry.ts';

/** How the messages of one queue are processed. */
export interface QueueOfMessages {
  /**
   * Present if an alarm watches the age of the queue's messages. SQS's own metric leaves out messages that were received three
   * times: docs/facts.md § SQS.
   */
  retried?: 'removals' | 'bulk';
  redelivery: Redelivery;
  /** @param attempt - how often the message was received, this time included, and whether it is dead-lettered if this fails */
  process(
    body: string,
    deadline: Deadline,
    attempt: { lastAttempt: boolean; receiveCount: number },
  ): Promise<MessageProcessed>;
  /** The current rate of Logouts, for the log. Absent if the queue has no pace of Logouts. */
  logoutsPerSecond?: () => number;
}

export type MessageProcessed = Processed | ReportProcessed | EndedProcessed | AccessRemoved | Told;

export interface MessagesDeps {
  /** After this many receives, SQS moves a message to the dead-letter queue. */
  maxReceiveCount: number;
  /** By the queue's name, because the queue of a message decides what the message may ask for. */
  queues: Record<string, QueueOfMessages>;
}

/**
 * Processes the messages of a batch side by side. Each message succeeds or fails by itself. The answer names those that
 * failed, and SQS delivers only those again.
 */
export function eachMessage(deps: MessagesDeps): LambdaFunction<SQSEvent, SQSBatchResponse> {
  return async ({ Records }, deadline) => {
    const failed = await Promise.all(Records.map((record) => hasFailed(deps, record, deadline)));
    const failures = Records.filter((_, index) => failed[index]);
    return { batchItemFailures: failures.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

async function hasFailed(deps: MessagesDeps, record: SQSRecord, deadline: Deadline): Promise<boolean> {
  const { messageId } = record;
  const ids = { messageId, ...idsOf(record.body) };
  const receiveCount = Number(record.attributes.ApproximateReceiveCount);
  const attempt = { lastAttempt: receiveCount >= deps.maxReceiveCount, receiveCount };
  const queue = queueOf(deps, record);
  try {
    const processed = await queue.process(record.body, deadline, attempt);
    const delay = delayOf(processed, receiveCount);
    logger[levelOf(processed)]('message', { ...ids, receiveCount, ...processed, ...rateOf(queue) });
    count(`Message:${processed.kind}`);
    if (delay !== undefined) await comeBack(queue, record, delay, deadline);
    return delay !== undefined;
  } catch (error) {
    const code = error instanceof DomainError ? error.code : undefined;
    logger.error('message', { ...ids, receiveCount, kind: 'failed', ...loggable(error) });
    count('Message:failed');
    await comeBack(queue, record, retryDelaySeconds(receiveCount, code), deadline);
    return true;
  }
}

function rateOf({ logoutsPerSecond }: QueueOfMessages): { logoutsPerSecond?: number } {
  return logoutsPerSecond ? { logoutsPerSecond: Math.round(logoutsPerSecond() * 10) / 10 } : {};
}

/** After how many seconds the message is retried; undefined if it is done. */
function delayOf(processed: MessageProcessed, receiveCount: number): number | undefined {
  if ('comesBackAfterSeconds' in processed) return processed.comesBackAfterSeconds;
  const isDone = processed.kind !== 'not-ended' && processed.kind !== 'waiting';
  return isDone ? undefined : retryDelaySeconds(receiveCount);
}

/** The log level is error if a person must act. Alarms watch the metrics: infra/background-functions.ts. */
function levelOf({ kind }: MessageProcessed): 'info' | 'warn' | 'error' {
  if (kind === 'nobody') return 'error';
  return WARNINGS.has(kind) ? 'warn' : 'info';
}

/** Results that differ from what was asked for. Somebody may have to look at them. */
const WARNINGS = new Set<MessageProcessed['kind']>(['not-ended', 'kept', 'no-permission-set']);

/** Publishes the age of a message that is retried, since it was first sent. */
function measureAge({ retried }: QueueOfMessages, { attributes }: SQSRecord): void {
  const sentAt = Number(attributes.SentTimestamp);
  if (retried && sentAt > 0) measureSeconds(`RetriedSeconds:${retried}`, (Date.now() - sentAt) / 1000);
}

/** SQS names the queue in each record: the last part of the ARN. @throws Error if the function does not know the queue */
function queueOf({ queues }: MessagesDeps, { eventSourceARN }: SQSRecord): QueueOfMessages {
  const queue = queues[eventSourceARN.split(':').at(-1) ?? ''];
  if (queue) return queue;
  throw new Error('The function is fed by a queue that it does not know.');
}

/** Sets the delay until the next delivery. If that fails, SQS delivers the message after the queue's visibility timeout. */
async function comeBack(
  queue: QueueOfMessages,
  record: SQSRecord,
  seconds: number,
  deadline: Deadline,
): Promise<void> {
  const { messageId, receiptHandle } = record;
  measureAge(queue, record);
  try {
    await queue.redelivery.after(receiptHandle, seconds, deadline.signal);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    logger.warn('retry delay not set', { messageId, ...loggable(error) });
  }
}
