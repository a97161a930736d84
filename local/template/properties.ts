import type { Assembly, Resource } from './assembly.ts';

/** The properties of a resource type that the local run knows. */
export interface KnownProperties {
  readonly executed: readonly string[];
  /** Properties without an effect on the local run: encryption at rest, access, names for people. */
  readonly leftOut: readonly string[];
}

/** @throws Error naming a property that would otherwise be ignored silently */
export function requireKnown(
  owner: string,
  properties: object,
  { executed, leftOut }: KnownProperties,
): void {
  const unknown = Object.keys(properties).find((name) => !executed.includes(name) && !leftOut.includes(name));
  if (unknown) throw new Error(`${owner}: the local run does not support ${unknown}.`);
}

export function resourcesOf({ resources }: Pick<Assembly, 'resources'>, type: string): [string, Resource][] {
  return [...resources].filter(([, { Type }]) => Type === type);
}

/** @throws Error if the value is given, but is not a whole number from `least` to `most` */
export function wholeNumber(owner: string, value: unknown, least: number, most: number): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new Error(`${owner} must be a whole number from ${least} to ${most}, not ${JSON.stringify(value)}.`);
}
