// @ts-check

/** The computer's clock. */
const { now } = Date;
let ahead = 0;

class ShiftedDate extends Date {
  constructor(/** @type {unknown[]} */ ...parts) {
    super(.../** @type {[number]} */ (parts.length === 0 ? [now() + ahead] : parts));
  }

  /** @override */
  static now() {
    return now() + ahead;
  }
}

/**
 * Sets this thread's `Date` ahead of the computer's clock. Timers and `performance` do not change. The argument is a difference
 * and not a time: a thread may process its message late, and the clocks of two functions must agree.
 *
 * @type {(millis: number) => void}
 */
export function setClock(millis) {
  ahead = millis;
  globalThis.Date = /** @type {DateConstructor} */ (ShiftedDate);
}
