/** An attribute as in the API's JSON; `BinaryValue` is base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

/** What a message of a FIFO queue has in addition. */
export interface FifoPlace {
  readonly groupId: string;
  readonly deduplicationId: string;
  /** 20 digits, so that comparing the texts compares the numbers. */
  readonly sequenceNumber: string;
}

export interface Message {
  readonly messageId: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** Milliseconds since the epoch. A message in the dead-letter queue keeps it. */
  readonly sentAt: number;
  /** How often it was received. In the dead-letter queue, the count continues. */
  readonly receiveCount: number;
  readonly firstReceivedAt?: number;
  /** ARN of the queue that moved it to the dead-letter queue. */
  readonly deadLetterOf?: string;
  readonly fifo?: FifoPlace;
  /** X-Ray's trace header of the request that sent it. */
  readonly trace?: string;
}

export interface Received extends Message {
  readonly receiptHandle: string;
}

export interface Counts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** `gone`: deleted, expired, or moved to the dead-letter queue. */
export type State = keyof Counts | 'gone';

/** A message in a queue. */
export type Stored = { -readonly [Key in keyof Message]: Message[Key] } & {
  state: State;
  receiptHandle: string;
  /** Counts changes of state. A change that was planned in an earlier turn does not take place. */
  turn: number;
};
