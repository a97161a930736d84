import type { IncomingHttpHeaders } from 'node:http';

/** A request to an emulated operation, its body parsed: an empty object where there is none. */
export interface EmulatedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; nothing is sent when it is absent. */
  readonly json?: unknown;
  /** The access token that the request was about, for the journal; only its hash is kept. */
  readonly token?: string;
}

/** One operation of an emulated service. */
export interface Operation {
  /** Name in the journal and in fault settings. */
  readonly name: string;
  handle(request: EmulatedRequest): Answer;
  /** How this service words an error of its own; used for faults and for bodies that are not JSON. */
  refuse(kind: 'throttle' | 'fail' | 'reject'): Answer;
}
