type Test = (value: unknown) => boolean;

/**
 * Compiles an EventBridge event pattern. The local run knows exact values, `prefix`, `suffix` and `exists`.
 *
 * @returns whether an event matches
 * @throws Error for a pattern that EventBridge would refuse, and for an operator that the local run does not know
 */
export function compilePattern(pattern: unknown): (event: unknown) => boolean {
  return fields(pattern, '');
}

function fields(pattern: unknown, path: string): Test {
  if (!isObject(pattern) || Object.keys(pattern).length === 0)
    throw new Error(`The event pattern${path && ` at ${path}`} must be an object that is not empty.`);
  const tests = Object.entries(pattern).map(([name, part]) => {
    const at = path ? `${path}.${name}` : name;
    // `$or` is in the place of a field's name. If it were read as a field, the pattern would match nothing.
    if (name === '$or') throw unsupported({ $or: part }, path || 'its root');
    const test = Array.isArray(part) ? leaf(part, at) : someItem(fields(part, at));
    return (event: unknown) => test(isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined);
  });
  return (event) => tests.every((test) => test(event));
}

/** A list in an event matches if one of its items matches. All fields of a nested pattern must match the same item. */
function someItem(test: Test): Test {
  return (value) => (Array.isArray(value) ? value.some((item) => test(item)) : test(value));
}

function leaf(alternatives: unknown[], path: string): Test {
  if (alternatives.length === 0) throw new Error(`The event pattern at ${path} must not be an empty list.`);
  const tests = alternatives.map((alternative) => {
    if (isObject(alternative)) return content(alternative, path);
    const wanted = primitive(alternative, path);
    return someItem((value) => value === wanted);
  });
  return (value) => tests.some((test) => test(value));
}

function content(filter: Record<string, unknown>, path: string): Test {
  const [[operator, argument] = ['', undefined], ...others] = Object.entries(filter);
  const compile = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
  if (!compile || others.length > 0) throw unsupported(filter, path);
  return compile(argument, path);
}

type Operator = (argument: unknown, path: string) => Test;

const operators: Readonly<Record<string, Operator>> = {
  prefix: (argument, path) => affix(argument, path, (value, wanted) => value.startsWith(wanted)),
  suffix: (argument, path) => affix(argument, path, (value, wanted) => value.endsWith(wanted)),
  // Tests the field itself, not its items.
  exists(argument, path) {
    if (typeof argument !== 'boolean')
      throw new Error(`The event pattern's exists at ${path} must be true or false.`);
    return (value) => (value !== undefined) === argument;
  },
};

function affix(wanted: unknown, path: string, has: (value: string, wanted: string) => boolean): Test {
  // EventBridge accepts `{"prefix": {"equals-ignore-case": …}}`, so this is unsupported and not invalid.
  if (isObject(wanted)) throw unsupported(wanted, path);
  if (typeof wanted !== 'string')
    throw new Error(`The event pattern at ${path} needs a string, not ${JSON.stringify(wanted)}.`);
  return someItem((value) => typeof value === 'string' && has(value, wanted));
}

function unsupported(filter: Record<string, unknown>, path: string): Error {
  return new Error(
    `The event pattern at ${path} uses ${JSON.stringify(filter)}, which the local run does not support.`,
  );
}

function primitive(value: unknown, path: string): unknown {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
  throw new Error(`The event pattern at ${path} holds ${JSON.stringify(value)}, which is no value.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
