/** A statement of a resource's policy: who may do what to the resource. */
export interface Statement {
  readonly Effect: string;
  readonly Action: unknown;
  readonly Principal?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Request {
  /** The name of a service, or the names of an AWS principal: its account and its ARNs. */
  readonly caller: { readonly Service: string } | { readonly AWS: readonly string[] };
  readonly action: string;
  /** Absent if the policy names no resources, such as a role's trust policy. */
  readonly resource?: string;
  /** Values by condition key, in lower case; undefined for a known key that has no value in this request. */
  readonly context: Readonly<Record<string, string | undefined>>;
}

/** @throws Error as `requireUnderstood` does */
export function allows(statements: readonly Statement[], request: Request): boolean {
  const effects = statements.filter((one) => applies(one, request)).map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

const NEGATED = ['NotPrincipal', 'NotAction', 'NotResource'];

/**
 * Checks statements when the stack starts, so that a request does not fail later.
 *
 * @throws Error for a negated element, or for a condition with an unknown operator or key
 */
export function requireUnderstood(
  owner: string,
  statements: readonly Statement[],
  context: Request['context'],
): void {
  for (const statement of statements) {
    const negated = NEGATED.find((element) => element in statement);
    if (negated) throw new Error(`${owner}: the local run does not support ${negated} in a policy.`);
    conditionHolds(statement.Condition ?? {}, context);
  }
}

function applies(statement: Statement, { caller, action, resource = '', context }: Request): boolean {
  const matches = (patterns: unknown, value: string) =>
    listOf(patterns).some((pattern) => wildcard(String(pattern)).test(value));
  const isAbout = matches(statement.Action, action) && matches(statement.Resource ?? '*', resource);
  return (
    isFor(statement.Principal ?? '*', caller) && isAbout && conditionHolds(statement.Condition ?? {}, context)
  );
}

function isFor(principal: unknown, caller: Request['caller']): boolean {
  const { Service, AWS } = Object(principal);
  if (principal === '*' || listOf(AWS).includes('*')) return true;
  return 'Service' in caller
    ? listOf(Service).includes(caller.Service)
    : listOf(AWS).some((name) => caller.AWS.includes(String(name)));
}

const OPERATORS: Readonly<Record<string, (pattern: string, value: string) => boolean>> = {
  ArnEquals: (pattern, value) => wildcard(pattern).test(value),
  ArnLike: (pattern, value) => wildcard(pattern).test(value),
  Bool: (pattern, value) => pattern.toLowerCase() === value,
  StringEquals: (pattern, value) => pattern === value,
  StringLike: (pattern, value) => wildcard(pattern).test(value),
};

function conditionHolds(
  condition: NonNullable<Statement['Condition']>,
  context: Request['context'],
): boolean {
  const tests = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, patterns]) => testOf(operator, key, patterns, context)),
  );
  return tests.every((holds) => holds());
}

/** Prepares a test. All tests are prepared before one runs: an unsupported test is always reported, even if another one fails first. */
function testOf(
  operator: string,
  key: string,
  patterns: unknown,
  context: Request['context'],
): () => boolean {
  const holds = OPERATORS[operator];
  if (!holds || !(key.toLowerCase() in context))
    throw new Error(`The condition ${operator} ${key} of a policy is not supported by the local run.`);
  const wanted = listOf(patterns).map((pattern) => substitute(String(pattern), operator, context));
  const value = context[key.toLowerCase()];
  return () =>
    value !== undefined && wanted.some((pattern) => pattern !== undefined && holds(pattern, value));
}

/**
 * Replaces policy variables, such as `${identitystore:UserId}`, with the request's values.
 *
 * @returns undefined if the request has no value: then nothing equals the pattern
 */
function substitute(pattern: string, operator: string, context: Request['context']): string | undefined {
  const variables = [...pattern.matchAll(/\$\{([^}]*)\}/g)].map(([, key = '']) => key.toLowerCase());
  const unknown = variables.find((key) => !(key in context) || operator !== 'StringEquals');
  if (unknown !== undefined)
    throw new Error(`The policy variable ${pattern} in ${operator} is not supported by the local run.`);
  if (variables.some((key) => context[key] === undefined)) return undefined;
  return pattern.replace(/\$\{([^}]*)\}/g, (_, key: string) => context[key.toLowerCase()] ?? '');
}

export function listOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

export function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}
