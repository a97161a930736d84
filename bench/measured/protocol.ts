/** What the process of a measured function is started with: its arguments, as JSON. */
export interface Measured {
  /** Directory of the unpacked code; absolute. */
  readonly directory: string;
  /** `file.export`, as in the template. */
  readonly handler: string;
  /** The part of the Lambda context that is the same for every invocation. */
  readonly context: Readonly<Record<string, unknown>>;
}

export interface ToMeasured {
  /** Invoked one after the other. */
  readonly events: readonly unknown[];
  /** Of each invocation. */
  readonly timeoutSeconds: number;
}

export interface Loaded {
  readonly millis: number;
  readonly cpuMillis: number;
}

export interface Invocations {
  /** Of each. */
  readonly millis: readonly number[];
  /** Of all together, user and system. */
  readonly cpuMillis: number;
  /** HTTP requests of all together. */
  readonly calls: number;
  readonly results: readonly unknown[];
  readonly memory: PeakMemory;
}

/** In bytes, from the first invocation's start to the last one's end. */
export interface PeakMemory {
  /** Resident set size before the first invocation. */
  readonly rssBefore: number;
  readonly rss: number;
  /** The most that was in use on the heap: what is left after a forced collection. 0 in a process that forces none. */
  readonly heap: number;
}

export type FromMeasured =
  | { readonly kind: 'loaded'; readonly loaded: Loaded }
  | { readonly kind: 'invoked'; readonly invocations: Invocations }
  | { readonly kind: 'failed'; readonly message: string };
