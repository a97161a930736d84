/** @throws Error naming the property */
export function requireWhole(what: string, value: number, lowest: number, highest: number): void {
  requireBetween(what, value, lowest, highest);
  if (!Number.isInteger(value)) throw new Error(`${what} must be a whole number, not ${value}.`);
}

/** @throws Error naming the property */
export function requireBetween(what: string, value: number, lowest: number, highest: number): void {
  if (value >= lowest && value <= highest) return;
  throw new Error(`${what} must be between ${lowest} and ${highest}, not ${value}.`);
}
