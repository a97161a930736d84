import fc from 'fast-check';
import type { Tally } from '../../support/proof.ts';

/** Different on every run. Set SEED to repeat a run that failed. */
export const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stderr.write(`Fuzzed with SEED=${SEED}\n`);

/**
 * Tries so many cases, and shrinks the first one that fails.
 *
 * @param holds - throws if the case contradicts the claim
 */
export async function check<T>(
  tally: Tally,
  runs: number,
  cases: fc.Arbitrary<T>,
  holds: (tried: T, run: number) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(cases, async (tried) => {
    tally.tried += 1;
    await holds(tried, tally.tried);
  });
  await fc.assert(property, { seed: SEED, numRuns: runs, endOnFailure: false });
}

/** A value of JSON; `undefined` if a mutation removed it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const LONE_SURROGATES = ['\ud800', 'a\udfffb', '\udc00\ud800'];

/** Strings that often cause errors. */
export const oddStrings = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\r\nx-evil: 1',
    '\u202e',
    '\ufeff',
    'é'.repeat(64),
    '💥',
    '٣',
    ...LONE_SURROGATES,
  ),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'null',
    'NaN',
    '../../etc',
    '%00',
    "' OR 1=1",
    '$(id)',
    '#JOBS',
  ),
  fc.constantFrom(
    '2026-02-31T00:00:00Z',
    '9999-12-31T23:59:59-12:00',
    '2026-01-01T00:00:00+23',
    '0000-01-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01 00:00:00Z',
  ),
  fc.constantFrom(
    'eu-west-1',
    'xx-nowhere-9',
    'x'.repeat(513),
    'x'.repeat(3_000),
    '\u{1f4a5}'.repeat(300),
    '"'.repeat(100),
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.base64String({ maxLength: 60 }),
);

/** Values that a caller might send instead of the expected one. */
export const oddValues: fc.Arbitrary<Json> = fc.oneof(
  { weight: 3, arbitrary: oddStrings },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Json>(
      null,
      true,
      false,
      0,
      -1,
      1.5,
      1e308,
      -1e-308,
      2 ** 53,
      {},
      [],
      [[]],
      [null],
      { userId: {} },
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json> },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('__proto__', 'constructor', 'prototype', 'length', 'then', 'toJSON'),
        fc.constantFrom<Json>(1, {}, 'x'),
      )
      .map(([key, value]) => JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`)),
  },
);

type Path = (string | number)[];

interface Mutation {
  how: 'replace' | 'remove' | 'wrap' | 'add' | 'stringify' | 'rename' | 'nest';
  /** The number of the part, counted through all of them. */
  at: number;
  value: Json;
}

const mutations: fc.Arbitrary<Mutation> = fc.record({
  how: fc.constantFrom('replace', 'replace', 'remove', 'wrap', 'add', 'stringify', 'rename', 'nest'),
  at: fc.nat(200),
  value: oddValues,
});

/** A valid value in which up to four parts are replaced, removed, wrapped or renamed; sometimes unchanged. */
export function mutated(valid: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc
    .tuple(valid, fc.array(mutations, { maxLength: 4 }))
    .map(([value, all]) => all.reduce(mutate, structuredClone(value)));
}

function mutate(value: Json, { how, at, value: shared }: Mutation): Json {
  const odd = structuredClone(shared);
  const paths = pathsIn(value);
  const path = paths[at % paths.length] ?? [];
  if (path.length === 0) return how === 'replace' ? odd : value;
  const parent = path.slice(0, -1).reduce<Json>((part, key) => memberOf(part, key), value);
  const key = path.at(-1) ?? '';
  const own = memberOf(parent, key);
  if (how === 'remove' || how === 'rename') {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else if (isObject(parent)) delete parent[key];
  }
  if (how === 'replace') put(parent, key, odd);
  if (how === 'wrap') put(parent, key, [own]);
  if (how === 'nest') put(parent, key, { [key]: own });
  if (how === 'stringify') put(parent, key, JSON.stringify(own));
  if (how === 'rename') put(parent, String(key).toUpperCase(), own);
  if (how === 'add') put(parent, typeof odd === 'string' ? odd : 'extra', odd);
  return value;
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function memberOf(value: Json, key: string | number): Json {
  return Object(value)[key] ?? null;
}

function put(parent: Json, key: string | number, value: Json): void {
  if (Array.isArray(parent)) parent[Math.min(Number(key) || 0, parent.length)] = value;
  // A plain assignment to `__proto__` would set the prototype, not add a member.
  else if (isObject(parent))
    Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function pathsIn(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys: Path = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [path, ...keys.flatMap((key) => pathsIn(memberOf(value, key), [...path, key]))];
}
