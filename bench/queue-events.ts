import { randomUUID } from 'node:crypto';
import { batchEvent } from '../local/messaging/sqs-batches.ts';
import { userRemovedEvent } from '../test/support/events.ts';
import type { RunningStack } from '../test/support/running-stack.ts';

/** Makes the event that Lambda passes to the worker for a user's removal. The queue does not have this message, so a retry would fail. */
export function removalMessage(running: RunningStack, userId: string): unknown {
  const { arn } = running.queue('RevocationsQueue');
  const now = Date.now();
  const event = { ...userRemovedEvent({ userId }), id: randomUUID(), time: new Date(now).toISOString() };
  const message = {
    messageId: randomUUID(),
    receiptHandle: 'none',
    body: JSON.stringify(event),
    md5OfBody: '',
    attributes: {},
    sentAt: now,
    firstReceivedAt: now,
    receiveCount: 1,
  };
  return batchEvent([message], arn, event.region);
}
