/** As in the API's JSON; `BinaryValue` is base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

/** What a message of a FIFO queue has in addition. */
export interface FifoPlace {
  readonly groupId: string;
  readonly deduplicationId: string;
  /** 20 digits, so that texts compare as the numbers do. */
  readonly sequenceNumber: string;
}

export interface Message {
  readonly messageId: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** Milliseconds since the epoch; a dead letter keeps it. */
  readonly sentAt: number;
  /** How often it was received; a dead letter goes on counting. */
  readonly receiveCount: number;
  readonly firstReceivedAt?: number;
  /** ARN of the queue that it is a dead letter of. */
  readonly deadLetterOf?: string;
  readonly fifo?: FifoPlace;
  /** Header of AWS X-Ray that the request to send it had. */
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
  /** Counts changes of state: what was planned for an earlier one is void. */
  turn: number;
};
