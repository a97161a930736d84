import type { IncomingHttpHeaders } from 'node:http';

/** A request to an emulated operation. `json` is the parsed body, an empty object if there is no body. */
export interface EmulatedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  readonly json: Readonly<Record<string, unknown>>;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. The answer has no body if both this and `text` are absent. */
  readonly json?: unknown;
  /** Sent as it is; `headers` give its type. */
  readonly text?: string;
  /** The access token that the request was about, for the journal; only its hash is kept. */
  readonly token?: string;
}

/** The errors that every service can be told to answer: 429 or its own throttling error, 500, 400. */
export type Refusal = 'throttle' | 'fail' | 'reject';

/** One operation of an emulated service. */
export interface Operation {
  /** Name in the journal. */
  readonly name: string;
  /** Name in fault settings, if it differs. */
  readonly faultName?: string;
  handle(request: EmulatedRequest): Answer | Promise<Answer>;
  /**
   * Builds an error of this service, for faults and for bodies that are not JSON.
   *
   * @param code - Name of the error, if it is not the service's usual one.
   */
  refuse(kind: Refusal, code?: string): Answer;
}

export type Json = EmulatedRequest['json'];

/** A call that controls the emulators themselves. `name` is the value of `{…}` in the path. */
export type ControlCall = (json: Json, name: string) => Answer;
export type ControlCalls = Readonly<Record<string, ControlCall>>;
