/** A call to another service. Its times count the beginnings and ends of all calls. */
export interface TimedCall {
  name: string;
  startedAt: number;
  endedAt: number;
}

/** The length of the longest chain of calls in which each began after the previous one had ended. */
export function sequentialRoundTrips(calls: TimedCall[]): number {
  const depths = new Map<TimedCall, number>();
  for (const call of calls.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const before = calls.filter(({ endedAt }) => endedAt < call.startedAt);
    depths.set(call, 1 + Math.max(0, ...before.map((earlier) => depths.get(earlier) ?? 0)));
  }
  return Math.max(0, ...depths.values());
}

/** Records calls to fakes, as if all took the same time. */
export class Recorder {
  readonly calls: TimedCall[];
  readonly #tick: () => number;

  /** @param tick - counts the beginnings and ends of all calls, also those that others record in the same list */
  constructor(calls: TimedCall[] = [], tick = counter()) {
    this.calls = calls;
    this.#tick = tick;
  }

  /** The same object with recorded calls. */
  of<T extends object>(name: string, target: T): T {
    const recorded = Object.entries(target).map(([method, original]) => {
      if (typeof original !== 'function') return [method, original];
      return [method, (...args: unknown[]) => this.#record(`${name}.${method}`, () => original(...args))];
    });
    return Object.fromEntries(recorded);
  }

  async #record(name: string, call: () => unknown): Promise<unknown> {
    const startedAt = this.#tick();
    // Waits a whole turn of the event loop, so that all parallel calls have started by then.
    await new Promise(setImmediate);
    try {
      return await call();
    } finally {
      this.calls.push({ name, startedAt, endedAt: this.#tick() });
    }
  }
}

function counter(): () => number {
  let event = 0;
  return () => event++;
}
