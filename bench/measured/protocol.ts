/** The argument of the process of a measured function, as JSON. */
export interface Measured {
  /** Directory of the unpacked code; absolute. */
  readonly directory: string;
  /** `file.export`, as in the template. */
  readonly handler: string;
  /** The part of the Lambda context that is the same for every invocation. */
  readonly context: Readonly<Record<string, unknown>>;
}

export interface ToMeasured {
  /** The function is invoked with one event after the other. */
  readonly events: readonly unknown[];
  /** The timeout of each invocation. */
  readonly timeoutSeconds: number;
}

export interface Loaded {
  readonly millis: number;
  readonly cpuMillis: number;
}

export interface Invocations {
  /** The time of each invocation. */
  readonly millis: readonly number[];
  /** The CPU time of all invocations together, user and system. */
  readonly cpuMillis: number;
  /** The number of HTTP requests of all invocations together. */
  readonly calls: number;
  readonly results: readonly unknown[];
  readonly memory: PeakMemory;
}

/** The peaks in bytes, from the first invocation's start to the last one's end. */
export interface PeakMemory {
  /** Resident set size before the first invocation. */
  readonly rssBefore: number;
  readonly rss: number;
  /** The most of the heap that was in use after a forced collection. It is 0 in a process that forces none. */
  readonly heap: number;
}

export type FromMeasured =
  | { readonly kind: 'loaded'; readonly loaded: Loaded }
  | { readonly kind: 'invoked'; readonly invocations: Invocations }
  | { readonly kind: 'failed'; readonly message: string };
