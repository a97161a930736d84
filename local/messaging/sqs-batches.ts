import type { SQSEvent, SQSMessageAttributes } from 'aws-lambda';
import type { MessageAttribute, Received } from '../emulators/sqs/message.ts';
import { systemAttributes } from '../emulators/sqs/sqs-output.ts';

/** Builds the event that Lambda passes to a function for a batch of messages. */
export function batchEvent(batch: readonly Received[], queueArn: string, region: string): SQSEvent {
  return {
    Records: batch.map((message) => ({
      messageId: message.messageId,
      receiptHandle: message.receiptHandle,
      body: message.body,
      attributes: systemAttributes(message),
      messageAttributes: toLambda(message.attributes),
      md5OfBody: message.md5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: region,
    })),
  };
}

function toLambda(attributes: Readonly<Record<string, MessageAttribute>>): SQSMessageAttributes {
  const entries = Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    {
      ...(StringValue !== undefined && { stringValue: StringValue }),
      ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
      stringListValues: [],
      binaryListValues: [],
      dataType: DataType,
    },
  ]);
  return Object.fromEntries(entries);
}

/**
 * Reads a function's answer as Lambda does with ReportBatchItemFailures. An empty answer means that every message succeeded. An
 * invalid answer means that every message failed.
 *
 * @param ids - Ids of all messages in the batch.
 * @returns the ids that failed
 */
export function failedItems(response: unknown, ids: readonly string[]): ReadonlySet<string> {
  const all = new Set(ids);
  if (response === null || response === undefined || response === '') return new Set();
  if (typeof response !== 'object') return all;
  const failures = 'batchItemFailures' in response ? response.batchItemFailures : undefined;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return all;
  const failed: unknown[] = failures.map((failure) => Object(failure).itemIdentifier);
  const known = failed.filter((id) => typeof id === 'string').filter((id) => all.has(id));
  return known.length === failed.length ? new Set(known) : all;
}
