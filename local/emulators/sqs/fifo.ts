import { createHash } from 'node:crypto';
import type { Clock } from '../../ground/clock.ts';
import type { FifoPlace, Message } from './message.ts';

export interface FifoSettings {
  /** Whether a message without a deduplication id gets the SHA-256 of its body as its id. */
  readonly contentBasedDeduplication: boolean;
}

/** The group and the deduplication id that a sender gives. */
export interface FifoWish {
  readonly groupId?: string;
  readonly deduplicationId?: string;
}

type Accepted = Pick<Message, 'messageId' | 'sentAt' | 'fifo'>;

/** What a FIFO queue does in addition to a standard queue, except for the order of receiving. */
export interface Fifo {
  /** @throws Error if the message has no group, or no deduplication id */
  place(body: string, wish: FifoWish): FifoPlace;
  /** Gives a message of another queue a place in this one. */
  adopt(message: Message): Message;
  /** The message that was accepted with this id within the last five minutes, even if it has been deleted. */
  accepted(deduplicationId: string): Accepted | undefined;
  remember(message: Message): void;
}

const MEMORY_MILLIS = 5 * 60_000;

/** The first sequence number, as large as AWS's. */
const FIRST_NUMBER = 18_850_000_000_000_000_000n;

export function createFifo(name: string, settings: FifoSettings, clock: Clock): Fifo {
  // A Map keeps its entries in the order of insertion, so the oldest come first.
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
