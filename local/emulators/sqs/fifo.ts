import { createHash } from 'node:crypto';
import type { Clock } from '../../ground/clock.ts';
import type { FifoPlace, Message } from './message.ts';

export interface FifoSettings {
  /** Whether a message without a deduplication id gets the SHA-256 of its body for one. */
  readonly contentBasedDeduplication: boolean;
}

/** Where a sender wants a message to go. */
export interface FifoWish {
  readonly groupId?: string;
  readonly deduplicationId?: string;
}

type Accepted = Pick<Message, 'messageId' | 'sentAt' | 'fifo'>;

/** What makes a queue a FIFO queue, but for the order of receiving. */
export interface Fifo {
  /** @throws Error for a message that no such queue takes: without a group, or without anything to tell duplicates by */
  place(body: string, wish: FifoWish): FifoPlace;
  /** A message of another queue, with a place in this one. */
  adopt(message: Message): Message;
  /** The message that was accepted under this id within the last five minutes, even if it is deleted by now. */
  accepted(deduplicationId: string): Accepted | undefined;
  remember(message: Message): void;
}

const MEMORY_MILLIS = 5 * 60_000;

/** Of the size that real ones have. */
const FIRST_NUMBER = 18_850_000_000_000_000_000n;

export function createFifo(name: string, settings: FifoSettings, clock: Clock): Fifo {
  // A map keeps its entries in the order of their coming, so what is too old is in front.
  const memory = new Map<string, Accepted>();
  let sequenceNumber = FIRST_NUMBER;
  const nextNumber = () => {
    sequenceNumber += 256n;
    return String(sequenceNumber);
  };
  return {
    place(
      body,
      { groupId, deduplicationId = settings.contentBasedDeduplication ? sha256(body) : undefined },
    ) {
      if (groupId === undefined || deduplicationId === undefined)
        throw new Error(`${name} is a FIFO queue: a message needs a group, and a deduplication id.`);
      return { groupId, deduplicationId, sequenceNumber: nextNumber() };
    },
    adopt(message) {
      const { groupId = '', deduplicationId = message.messageId } = message.fifo ?? {};
      return { ...message, fifo: { groupId, deduplicationId, sequenceNumber: nextNumber() } };
    },
    accepted(deduplicationId) {
      for (const [id, { sentAt }] of memory) {
        if (clock() - sentAt < MEMORY_MILLIS) break;
        memory.delete(id);
      }
      return memory.get(deduplicationId);
    },
    remember({ messageId, sentAt, fifo }) {
      if (fifo) memory.set(fifo.deduplicationId, { messageId, sentAt, fifo });
    },
  };
}

function sha256(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
