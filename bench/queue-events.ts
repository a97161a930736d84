import { randomUUID } from 'node:crypto';
import { batchEvent } from '../local/messaging/sqs-batches.ts';
import { userRemovedEvent } from '../test/support/events.ts';
import type { RunningStack } from '../test/support/running-stack.ts';

/** What Lambda hands to the worker when a user's removal arrives. Nobody has the message in hand, so it is not to be retried. */
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
