import { type Duration, Token } from 'aws-cdk-lib';

/** @throws Error naming the property */
export function requireWhole(what: string, value: number, lowest: number, highest: number): void {
  requireBetween(what, value, lowest, highest);
  if (!Number.isInteger(value)) throw new Error(`${what} must be a whole number, not ${value}.`);
}

/** @throws Error naming the property */
export function requireBetween(what: string, value: number, lowest: number, highest: number): void {
  // A token's number is only a placeholder, and the functions would get its text.
  if (Token.isUnresolved(value))
    throw new Error(`${what} must be known when the app is synthesized: a token cannot be checked.`);
  if (value >= lowest && value <= highest) return;
  throw new Error(`${what} must be between ${lowest} and ${highest}, not ${value}.`);
}

const IN_UNIT = {
  seconds: (duration: Duration) => duration.toSeconds({ integral: false }),
  minutes: (duration: Duration) => duration.toMinutes({ integral: false }),
  hours: (duration: Duration) => duration.toHours({ integral: false }),
  days: (duration: Duration) => duration.toDays({ integral: false }),
};

export interface DurationRange {
  readonly unit: keyof typeof IN_UNIT;
  /** In `unit`. */
  readonly lowest: number;
  /** In `unit`. */
  readonly highest: number;
  /**
   * The duration must be a whole number of these.
   *
   * @default `unit`
   */
  readonly whole?: keyof typeof IN_UNIT;
}

/** @throws Error naming the property and its unit */
export function requireDuration(what: string, duration: Duration, range: DurationRange): void {
  const { unit, lowest, highest, whole = unit } = range;
  if (duration.isUnresolved())
    throw new Error(`${what} must be known when the app is synthesized: a token cannot be checked.`);
  requireBetween(`${what} in ${unit}`, IN_UNIT[unit](duration), lowest, highest);
  if (Number.isInteger(IN_UNIT[whole](duration))) return;
  throw new Error(`${what} must be a whole number of ${whole}, not ${duration.toHumanString()}.`);
}
