/** A call to another service; the times are the places of its beginning and its end in the order of all of them. */
export interface TimedCall {
  name: string;
  startedAt: number;
  endedAt: number;
}

/** The longest chain of calls of which each began after the one before had ended. */
export function sequentialRoundTrips(calls: TimedCall[]): number {
  const depths = new Map<TimedCall, number>();
  for (const call of calls.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const before = calls.filter(({ endedAt }) => endedAt < call.startedAt);
    depths.set(call, 1 + Math.max(0, ...before.map((earlier) => depths.get(earlier) ?? 0)));
  }
  return Math.max(0, ...depths.values());
}

/** Records calls to fakes, as if each of them took the same time. */
export class Recorder {
  readonly calls: TimedCall[];
  readonly #tick: () => number;

  /** @param tick - counts the beginnings and ends of all calls, also of those that others record in the same list */
  constructor(calls: TimedCall[] = [], tick = counter()) {
    this.calls = calls;
    this.#tick = tick;
  }

  /** The same object, whose calls are recorded. */
  of<T extends object>(name: string, target: T): T {
    const recorded = Object.entries(target).map(([method, original]) => {
      if (typeof original !== 'function') return [method, original];
      return [method, (...args: unknown[]) => this.#record(`${name}.${method}`, () => original(...args))];
    });
    return Object.fromEntries(recorded);
  }

  async #record(name: string, call: () => unknown): Promise<unknown> {
    const startedAt = this.#tick();
    // A whole turn of the event loop: whatever is called beside this call has been called by then.
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
