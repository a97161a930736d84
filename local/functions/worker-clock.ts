/** The computer's. */
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
 * Sets this thread's clock ahead of the computer's by so many milliseconds. Timers and `performance` are the computer's.
 * Not to a moment: the thread may come to it late, and the clocks of two functions must not differ.
 */
export function setClock(millis: number): void {
  ahead = millis;
  globalThis.Date = ShiftedDate as DateConstructor;
}
