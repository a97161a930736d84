import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../../ground/clock.ts';
import type { WaitingRoom } from '../../ground/waiting-room.ts';
import { createFifo, type Fifo, type FifoSettings, type FifoWish } from './fifo.ts';
import type { Counts, Message, MessageAttribute, Received, Stored } from './message.ts';
import { createGroupedLine, createPlainLine } from './message-lines.ts';
import { createMessageStore, type MessageStore } from './message-store.ts';

export interface QueueSettings {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  readonly retentionSeconds: number;
  /** How long a receiver waits if the request does not say. */
  readonly waitSeconds: number;
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
  /** Absent for a standard queue. */
  readonly fifo?: FifoSettings;
}

/** A FIFO queue needs a group, and allows no delay per message. */
export interface SendOptions extends FifoWish {
  /** @default the queue's own delay */
  readonly delaySeconds?: number;
  readonly attributes?: Readonly<Record<string, MessageAttribute>>;
  readonly trace?: string;
}

/**
 * - `stale`: the message was received again since, or is visible again and the operation needs a message in flight
 * - `gone`: the message was deleted
 * - `foreign`: this is no handle of this queue
 */
export type HandleState = 'ok' | 'stale' | 'gone' | 'foreign';

/**
 * A standard queue delivers at least once, in about the order of sending. A FIFO queue delivers each group in the order of
 * sending, and nothing of a group while one of its messages is in flight. No operation of a standard queue scans all messages.
 */
export interface Queue extends Pick<WaitingRoom, 'wait'> {
  readonly settings: QueueSettings;
  /** @returns the message; a duplicate in a FIFO queue has the ids of the message that it repeats */
  send(body: string, options?: SendOptions): Message;
  /** Adds a message of another queue as it is. */
  accept(message: Message): void;
  /** Receives at most `max` messages. They are invisible for the given time, by default the queue's visibility timeout. */
  receive(max: number, visibilityTimeoutSeconds?: number): Received[];
  /** Deletes nothing unless the handle is of the latest receive. */
  delete(receiptHandle: string): HandleState;
  /** @param seconds - From now on; 0 makes it visible at once. */
  changeVisibility(receiptHandle: string, seconds: number): HandleState;
  counts(): Counts;
}

/** @param bury - Receives a message that was received too often. */
export function createQueue(settings: QueueSettings, clock: Clock, bury: (message: Message) => void): Queue {
  const messages = new Map<string, Stored>();
  const fifo = settings.fifo && createFifo(settings.name, settings.fifo, clock);
  const store = createMessageStore(messages, clock, fifo ? createGroupedLine() : createPlainLine());
  const keep = (stored: Stored, delaySeconds: number) => {
    messages.set(stored.messageId, stored);
    store.enter(stored, stored.sentAt + settings.retentionSeconds * 1000, delaySeconds);
  };
  return {
    settings,
    wait: store.wait,
    counts: store.counts,
    send(body, options = {}) {
      const message = newMessage(body, options, clock(), fifo);
      const first = message.fifo && fifo?.accepted(message.fifo.deduplicationId);
      if (first) return { ...message, ...first };
      fifo?.remember(message);
      keep(toStored(message), options.delaySeconds ?? settings.delaySeconds);
      return message;
    },
    accept: (message) => keep(toStored(fifo?.adopt(message) ?? message), 0),
    receive: receiver(settings, clock, store, bury),
    ...handleCalls(settings, messages, store),
  };
}

function newMessage(body: string, options: SendOptions, sentAt: number, fifo: Fifo | undefined): Message {
  return {
    messageId: randomUUID(),
    body,
    md5OfBody: createHash('md5').update(body).digest('hex'),
    attributes: options.attributes ?? {},
    sentAt,
    receiveCount: 0,
    ...(options.trace !== undefined && { trace: options.trace }),
    ...(fifo && { fifo: fifo.place(body, options) }),
  };
}

function receiver(
  { name, arn, redrive, visibilityTimeoutSeconds }: QueueSettings,
  clock: Clock,
  store: MessageStore,
  bury: (message: Message) => void,
): Queue['receive'] {
  const isSpent = ({ receiveCount }: Stored) =>
    redrive !== undefined && receiveCount >= redrive.maxReceiveCount;
  const take = (message: Stored, seconds: number): Received => {
    message.receiveCount += 1;
    message.firstReceivedAt ??= clock();
    message.receiptHandle = toHandle(name, message);
    store.hide(message, seconds, 'inFlight');
    return toMessage(message);
  };
  return (max, seconds = visibilityTimeoutSeconds) => {
    store.settle();
    const chosen: Stored[] = [];
    while (chosen.length < max) {
      const next = store.nextVisible();
      if (!next) break;
      if (!isSpent(next)) chosen.push(next);
      else {
        store.remove(next);
        bury({ ...toMessage(next), deadLetterOf: arn });
      }
    }
    // Messages are taken only now: with a visibility timeout of 0, one would be visible at once and chosen twice.
    return chosen.map((message) => take(message, seconds));
  };
}

function handleCalls(
  { name: queueName, fifo }: QueueSettings,
  messages: ReadonlyMap<string, Stored>,
  store: MessageStore,
): Pick<Queue, 'delete' | 'changeVisibility'> {
  return {
    delete(handle) {
      store.settle();
      const { state, message } = locate(handle, queueName, messages);
      // A standard queue also deletes a message that is visible again. In a FIFO queue, the handle has expired then.
      if (fifo && message?.state === 'visible') return 'stale';
      if (message) store.remove(message);
      return state;
    },
    changeVisibility(handle, seconds) {
      store.settle();
      const { state, message } = locate(handle, queueName, messages);
      if (message?.state === 'visible') return 'stale';
      if (message) store.hide(message, seconds, 'inFlight');
      return state;
    },
  };
}

function toHandle(queueName: string, { messageId, receiveCount }: Stored): string {
  return Buffer.from(JSON.stringify([queueName, messageId, receiveCount, randomUUID()])).toString(
    'base64url',
  );
}

function locate(
  handle: string,
  queueName: string,
  messages: ReadonlyMap<string, Stored>,
): { state: HandleState; message?: Stored } {
  const [name, messageId] = parseHandle(handle);
  if (name !== queueName || typeof messageId !== 'string') return { state: 'foreign' };
  const message = messages.get(messageId);
  if (!message) return { state: 'gone' };
  return message.receiptHandle === handle ? { state: 'ok', message } : { state: 'stale' };
}

function parseHandle(handle: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(handle, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

function toStored(message: Message): Stored {
  return { ...message, state: 'gone', receiptHandle: '', turn: 0 };
}

function toMessage({ state: _, turn: __, ...message }: Stored): Received {
  return message;
}
