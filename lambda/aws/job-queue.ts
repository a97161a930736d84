import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { DomainError, type Failure } from '../domain/errors.ts';
import { atMost } from '../domain/pace.ts';
import type {
  AccessQueue,
  Clock,
  JobQueue,
  NoticeQueue,
  Reconciler,
  Redelivery,
  ReportQueue,
} from '../domain/ports.ts';
import { WAKE_GROUP, WAKE_PERIOD_SECONDS } from '../env.ts';
import { within } from './clients.ts';
import { failureOf } from './failure.ts';

/** SQS's limit for one SendMessageBatch. */
const BATCH = 10;
const BATCHES_AT_ONCE = 10;

/** One of our SQS queues. */
export function sqsSender(
  client: SQSClient,
  queueUrl: string,
): JobQueue & ReportQueue & AccessQueue & NoticeQueue {
  return {
    async send(messages, signal) {
      const bodies = messages.map((message) => JSON.stringify(message));
      const batches = Array.from({ length: Math.ceil(bodies.length / BATCH) }, (_, i) =>
        bodies.slice(i * BATCH, (i + 1) * BATCH),
      );
      await atMost(BATCHES_AT_ONCE, batches, async (batch) => {
        const Entries = batch.map((MessageBody, i) => ({ Id: String(i), MessageBody }));
        const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries });
        const answer = await within(signal, (options) => client.send(command, options)).catch(
          (error: unknown) => {
            throw unavailable(failureOf(error));
          },
        );
        // A batch can fail in part. Jobs are idempotent, so the caller retries them all.
        const [failed] = answer.Failed ?? [];
        if (failed) throw unavailable({ name: failed.Code ?? 'UnknownError' });
      });
    },
  };
}

/** Sets when a failed message is retried. */
export function sqsRedelivery(client: SQSClient, queueUrl: string): Redelivery {
  return {
    async after(receiptHandle, seconds, signal) {
      const command = new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      });
      await within(signal, (options) => client.send(command, options)).catch((error: unknown) => {
        throw unavailable(failureOf(error));
      });
    },
  };
}

/**
 * The FIFO queue that starts the reconciler. It delivers a message some seconds after the period that the message stands for.
 * So one message covers every entry of that period.
 */
export function sqsReconciler(client: SQSClient, queueUrl: string, clock: Clock): Reconciler {
  return {
    async wake(signal) {
      const period = Math.floor(clock().getTime() / (WAKE_PERIOD_SECONDS * 1000));
      const command = new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: '{}',
        MessageGroupId: WAKE_GROUP,
        MessageDeduplicationId: String(period),
      });
      await within(signal, (options) => client.send(command, options)).catch((error: unknown) => {
        throw unavailable(failureOf(error));
      });
    },
  };
}

function unavailable(failure: Failure): DomainError {
  return new DomainError(
    'queue-unavailable',
    'The queue cannot be reached. Send the same request again.',
    failure,
  );
}
