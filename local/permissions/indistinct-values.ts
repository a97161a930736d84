import type { Context } from './call-need.ts';
import type { Policy } from './role-policies.ts';
import { listOf, wildcard } from './statements.ts';

/** Whether a value satisfies a condition. */
type Test = (value: string) => boolean;

const COMPARED = /^(?:ForA(?:ny|ll)Values?:)?String(?:Not)?(Equals|Like)(?:IfExists)?$/;

/**
 * Merges values that no condition of the policies distinguishes: the first one replaces the others. Otherwise the user ids in
 * calls would make the log grow without end.
 *
 * A value is not merged if a condition compares it with a policy variable, or compares it other than as a string.
 */
export function createMerger(policies: readonly Policy[]): (context: Context) => Context {
  const tests = testsByKey(policies);
  const firstSeen = new Map<string, string>();
  const merge = (key: string, value: string): string => {
    const own = tests.get(key.toLowerCase());
    if (!own) return value;
    const answers = own.map((test) => (test(value) ? '1' : '0')).join('');
    const group = `${key} ${answers}`;
    const first = firstSeen.get(group) ?? value;
    firstSeen.set(group, first);
    return first;
  };
  const mergeAll = (key: string, values: readonly string[]) =>
    [...new Set(values.map((value) => merge(key, value)))].sort();
  return (context) =>
    Object.fromEntries(
      Object.entries(context).map(([key, value]) => [
        key,
        typeof value === 'string' ? merge(key, value) : mergeAll(key, value),
      ]),
    );
}

/** Returns the tests of each condition key, in lower case. A key is absent if one of its conditions is not understood. */
function testsByKey(policies: readonly Policy[]): Map<string, Test[]> {
  const conditions = policies.flatMap(({ Statement }) => Statement.map(({ Condition }) => Condition ?? {}));
  const tests = conditions.flatMap((condition) =>
    Object.entries(condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, patterns]) => ({
        key: key.toLowerCase(),
        own: testsOf(operator, listOf(patterns).map(String)),
      })),
    ),
  );
  const byKey = Map.groupBy(tests, ({ key }) => key);
  return new Map(
    [...byKey].flatMap(([key, all]): [string, Test[]][] => {
      const own = all.map((one) => one.own);
      return own.every((some) => some !== undefined) ? [[key, own.flat()]] : [];
    }),
  );
}

/** @returns undefined for a condition that is not understood */
function testsOf(operator: string, patterns: readonly string[]): Test[] | undefined {
  // `Null` only tests whether there is a value, so it distinguishes no values.
  if (operator === 'Null') return [];
  const [, how] = COMPARED.exec(operator) ?? [];
  if (how === undefined || patterns.some((pattern) => pattern.includes('${'))) return undefined;
  return patterns.map((pattern) => {
    const like = wildcard(pattern);
    return how === 'Equals' ? (value) => value === pattern : (value) => like.test(value);
  });
}
