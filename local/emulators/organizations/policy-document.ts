type Members = Readonly<Record<string, unknown>>;

const STATEMENT_MEMBERS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];

/** Whether the text is a service control policy. It checks the main rules of IAM's policy grammar and of such policies. */
export function isServiceControlPolicy(content: string): boolean {
  const document = parse(content);
  if (!document || !hasOnly(document, ['Version', 'Id', 'Statement'])) return false;
  const { Version, Statement } = document;
  const statements: unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  return (
    Version === '2012-10-17' &&
    statements.length > 0 &&
    statements.every(isStatement) &&
    haveDistinctIds(statements)
  );
}

function isStatement(value: unknown): value is Members {
  if (!isObject(value) || !hasOnly(value, STATEMENT_MEMBERS)) return false;
  const { Sid = '', Effect, Action, NotAction, Resource, NotResource, Condition = {} } = value;
  return (
    typeof Sid === 'string' &&
    /^[A-Za-z0-9]*$/.test(Sid) &&
    (Effect === 'Allow' || Effect === 'Deny') &&
    isOneOf(Action, NotAction, /^(\*|[\w-]+:[\w*?]+)$/) &&
    isOneOf(Resource, NotResource, /^(\*|arn:.+)$/) &&
    isCondition(Condition)
  );
}

/** Exactly one of the two must be present. */
function isOneOf(one: unknown, other: unknown, pattern: RegExp): boolean {
  if ((one === undefined) === (other === undefined)) return false;
  return isTexts(one ?? other, (text) => pattern.test(text));
}

/** A text, or a list of texts that is not empty. */
function isTexts(value: unknown, isGood: (text: string) => boolean): boolean {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  return texts.length > 0 && texts.every((text) => typeof text === 'string' && isGood(text));
}

function isCondition(value: unknown): boolean {
  if (!isObject(value)) return false;
  return Object.values(value).every((keys) => {
    if (!isObject(keys)) return false;
    return Object.values(keys).every(
      (values) => typeof values === 'boolean' || typeof values === 'number' || isTexts(values, () => true),
    );
  });
}

function haveDistinctIds(statements: readonly Members[]): boolean {
  const ids = statements.map(({ Sid }) => Sid).filter(Boolean);
  return new Set(ids).size === ids.length;
}

function hasOnly(value: Members, names: readonly string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name));
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(content: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(content);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
