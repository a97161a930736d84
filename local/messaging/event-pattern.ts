type Test = (value: unknown) => boolean;

/**
 * Compiles an EventBridge event pattern. Known: exact values, `prefix`, `suffix`, `equals-ignore-case`, `wildcard`,
 * `anything-but`, `exists`, `numeric`, `$or`.
 *
 * @returns whether an event matches
 * @throws Error for a pattern that EventBridge would not take, and for operators that are not known here
 */
export function compilePattern(pattern: unknown): (event: unknown) => boolean {
  return fields(pattern, '');
}

function fields(pattern: unknown, path: string): Test {
  if (!isObject(pattern) || Object.keys(pattern).length === 0)
    throw new Error(`The event pattern${path && ` at ${path}`} must be an object that is not empty.`);
  const tests = Object.entries(pattern).map(([name, part]) => {
    if (name === '$or') return either(part, path);
    const at = path ? `${path}.${name}` : name;
    const test = Array.isArray(part) ? leaf(part, at) : someItem(fields(part, at));
    return (event: unknown) => test(isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined);
  });
  return (event) => tests.every((test) => test(event));
}

function either(part: unknown, path: string): Test {
  if (!Array.isArray(part) || part.length < 2)
    throw new Error(
      `The event pattern's $or${path && ` at ${path}`} must be a list of two patterns or more.`,
    );
  const tests = part.map((alternative) => fields(alternative, path));
  return (event) => tests.some((test) => test(event));
}

/** A list in an event matches when one of its items does; fields of objects in it must match in the same one. */
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
  const compile = operators[operator];
  if (!compile || others.length > 0)
    throw new Error(
      `The event pattern at ${path} uses ${JSON.stringify(filter)}, which the local run does not support.`,
    );
  const test = compile(argument, path);
  // Whether a field is there is a question about the field, not about its items.
  return operator === 'exists' ? test : someItem(test);
}

type Operator = (argument: unknown, path: string) => Test;

const operators: Readonly<Record<string, Operator>> = {
  prefix: (argument, path) => affix(argument, path, (value, wanted) => value.startsWith(wanted)),
  suffix: (argument, path) => affix(argument, path, (value, wanted) => value.endsWith(wanted)),
  'equals-ignore-case': (argument, path) => ignoringCase(argument, path, (value, wanted) => value === wanted),
  wildcard(argument, path) {
    const source = text(argument, path).split('*').map(escapeForRegExp).join('.*');
    const expression = new RegExp(`^${source}$`, 's');
    return (value) => typeof value === 'string' && expression.test(value);
  },
  exists(argument, path) {
    if (typeof argument !== 'boolean')
      throw new Error(`The event pattern's exists at ${path} must be true or false.`);
    return (value) => (value !== undefined) === argument;
  },
  'anything-but'(argument, path) {
    const excluded = isObject(argument)
      ? content(requireExcluding(argument, path), path)
      : leaf(Array.isArray(argument) ? argument : [argument], path);
    return (value) => value !== undefined && !excluded(value);
  },
  numeric,
};

function requireExcluding(argument: Record<string, unknown>, path: string): Record<string, unknown> {
  if (['prefix', 'suffix', 'wildcard', 'equals-ignore-case'].includes(Object.keys(argument)[0] ?? ''))
    return argument;
  throw new Error(`The event pattern's anything-but at ${path} takes no ${JSON.stringify(argument)}.`);
}

function affix(argument: unknown, path: string, has: (value: string, wanted: string) => boolean): Test {
  if (isObject(argument)) return ignoringCase(argument['equals-ignore-case'], path, has);
  const wanted = text(argument, path);
  return (value) => typeof value === 'string' && has(value, wanted);
}

function ignoringCase(
  argument: unknown,
  path: string,
  has: (value: string, wanted: string) => boolean,
): Test {
  const wanted = text(argument, path).toLowerCase();
  return (value) => typeof value === 'string' && has(value.toLowerCase(), wanted);
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** `[">", 0, "<=", 5]` */
function numeric(argument: unknown, path: string): Test {
  const parts: unknown[] = Array.isArray(argument) ? argument : [];
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < parts.length; index += 2) {
    const [compare, limit] = [comparisons[String(parts[index])], parts[index + 1]];
    if (!compare || typeof limit !== 'number') break;
    tests.push((value) => compare(value, limit));
  }
  if (tests.length === 0 || 2 * tests.length !== parts.length)
    throw new Error(`The event pattern's numeric at ${path} is not one: ${JSON.stringify(argument)}.`);
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function primitive(value: unknown, path: string): unknown {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
  throw new Error(`The event pattern at ${path} holds ${JSON.stringify(value)}, which is no value.`);
}

function text(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw new Error(`The event pattern at ${path} needs a string, not ${JSON.stringify(value)}.`);
}

const escapeForRegExp = (part: string) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
