import type { Assembly, Resource } from './assembly.ts';

/** What the local run does about each property of a resource type. */
export interface KnownProperties {
  readonly executed: readonly string[];
  /** Without an effect on what runs here: encryption at rest, access, names for people. */
  readonly leftOut: readonly string[];
}

/** @throws Error naming a property that would otherwise be skipped without a word */
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

/** @throws Error when the value is given and not a whole number from `least` to `most` */
export function wholeNumber(owner: string, value: unknown, least: number, most: number): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new Error(`${owner} must be a whole number from ${least} to ${most}, not ${JSON.stringify(value)}.`);
}
