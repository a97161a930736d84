// @ts-check

/** The computer's. */
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
 * Sets this thread's clock ahead of the computer's by so many milliseconds. Timers and `performance` are the computer's.
 * Not to a moment: the thread may come to it late, and the clocks of two functions must not differ.
 *
 * @type {(millis: number) => void}
 */
export function setClock(millis) {
  ahead = millis;
  globalThis.Date = /** @type {DateConstructor} */ (ShiftedDate);
}
