import type { IncomingHttpHeaders } from 'node:http';

/** A request to an emulated operation, its body parsed: an empty object where there is none. */
export interface EmulatedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  readonly json: Readonly<Record<string, unknown>>;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; nothing is sent when both this and `text` are absent. */
  readonly json?: unknown;
  /** Sent as it is; `headers` say what it is. */
  readonly text?: string;
  /** The access token that the request was about, for the journal; only its hash is kept. */
  readonly token?: string;
}

/** What every service can be made to say: 429 or its likeness, 500, 400. */
export type Refusal = 'throttle' | 'fail' | 'reject';

/** One operation of an emulated service. */
export interface Operation {
  /** Name in the journal. */
  readonly name: string;
  /** Name in fault settings, where that is another. */
  readonly faultName?: string;
  handle(request: EmulatedRequest): Answer | Promise<Answer>;
  /**
   * How this service words an error of its own; used for faults and for bodies that are not JSON.
   *
   * @param code - Name of the error, where it is not to be the service's usual one.
   */
  refuse(kind: Refusal, code?: string): Answer;
}

export type Json = EmulatedRequest['json'];

/** A call that steers the emulators themselves; `name` is what `{…}` in the path stands for. */
export type ControlCall = (json: Json, name: string) => Answer;
export type ControlCalls = Readonly<Record<string, ControlCall>>;
