/** The computer's clock. */
const { now } = Date;
let ahead = 0;

class ShiftedDate extends Date {
  constructor(...parts: unknown[]) {
    super(...((parts.length === 0 ? [now() + ahead] : parts) as [number]));
  }

  static override now(): number {
    return now() + ahead;
  }
}

/**
 * Sets this thread's `Date` ahead of the computer's clock. Timers and `performance` do not change. The argument is a difference
 * and not a time: a thread may process its message late, and the clocks of two functions must agree.
 */
export function setClock(millis: number): void {
  ahead = millis;
  globalThis.Date = ShiftedDate as DateConstructor;
}
