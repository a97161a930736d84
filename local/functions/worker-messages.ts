/** The data that a worker is started with. */
export interface WorkerSettings {
  /** Directory of the unpacked code; absolute. */
  readonly directory: string;
  /** `file.export`, as in the template. */
  readonly handler: string;
  /** The part of the Lambda context that is the same for every invocation. */
  readonly context: Readonly<Record<string, unknown>>;
}

export interface ToWorker {
  readonly requestId: string;
  /** The event as JSON. */
  readonly event: string;
  /** Milliseconds since the epoch at which the invocation times out. */
  readonly deadline: number;
  /** X-Ray's trace header. SDK clients send it with every request. */
  readonly trace: string;
  /** How many milliseconds the function's clock is ahead of the computer's. By default, the clock is not changed. */
  readonly ahead?: number;
}

/** Lambda's description of a failed invocation. */
export interface Failure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'result'; readonly json: string }
  | { readonly kind: 'failure'; readonly failure: Failure };
