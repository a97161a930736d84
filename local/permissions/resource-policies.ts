import { ACCOUNT_ID } from '../ground/account.ts';
import type { Assembly } from '../template/assembly.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { resourcesOf } from '../template/properties.ts';

/** What of the template says who may use what; policies of roles are not enforced. */
export interface Permissions {
  /** @param service - Such as `events.amazonaws.com`. */
  mayInvoke(service: string, functionId: string, sourceArn: string): boolean;
  maySend(service: string, queueArn: string, sourceArn: string): boolean;
}

interface Statement {
  readonly Effect: string;
  readonly Action: unknown;
  readonly Principal?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

interface Request {
  readonly service: string;
  readonly action: string;
  readonly resource: string;
  /** By condition key, in lower case. */
  readonly context: Readonly<Record<string, string>>;
}

/** Reads the functions' permissions and the queues' policies. */
export function createPermissions(assembly: Assembly, resolver: Resolver): Permissions {
  const invocations = resourcesOf(assembly, 'AWS::Lambda::Permission').map(
    ([, { Properties }]) => Properties,
  );
  const policies = resourcesOf(assembly, 'AWS::SQS::QueuePolicy').map(([, { Properties }]) => {
    const { Queues, PolicyDocument } = Object(resolver.resolve(Properties));
    return { queues: list(Queues), statements: list(PolicyDocument.Statement) as Statement[] };
  });
  const urls = new Map(
    resourcesOf(assembly, 'AWS::SQS::Queue').map(([id]) => [resolver.attribute(id, 'Arn'), resolver.ref(id)]),
  );
  return {
    mayInvoke: (service, functionId, sourceArn) =>
      invocations.some(
        ({ FunctionName, Principal, Action, SourceArn = '*' }) =>
          [resolver.ref(functionId), resolver.attribute(functionId, 'Arn')].includes(
            resolver.text(FunctionName),
          ) &&
          Principal === service &&
          Action === 'lambda:InvokeFunction' &&
          wildcard(resolver.text(SourceArn)).test(sourceArn),
      ),
    maySend(service, queueArn, sourceArn) {
      const context = {
        'aws:sourcearn': sourceArn,
        'aws:sourceaccount': ACCOUNT_ID,
        'aws:securetransport': 'true',
      };
      const request = { service, action: 'sqs:SendMessage', resource: queueArn, context };
      const own = policies.filter(({ queues }) => queues.includes(urls.get(queueArn)));
      const effects = own.flatMap(({ statements }) => statements.filter((one) => applies(one, request)));
      return (
        effects.some(({ Effect }) => Effect === 'Allow') && !effects.some(({ Effect }) => Effect === 'Deny')
      );
    },
  };
}

function applies(statement: Statement, { service, action, resource, context }: Request): boolean {
  const matches = (patterns: unknown, value: string) =>
    list(patterns).some((pattern) => wildcard(String(pattern)).test(value));
  const { Principal = '*' } = statement;
  const { Service, AWS } = Object(Principal);
  const isFor = Principal === '*' || list(AWS).includes('*') || list(Service).includes(service);
  const isAbout = matches(statement.Action, action) && matches(statement.Resource ?? '*', resource);
  return isFor && isAbout && conditionHolds(statement.Condition ?? {}, context);
}

const OPERATORS: Readonly<Record<string, (pattern: string, value: string) => boolean>> = {
  ArnEquals: (pattern, value) => wildcard(pattern).test(value),
  ArnLike: (pattern, value) => wildcard(pattern).test(value),
  Bool: (pattern, value) => pattern.toLowerCase() === value,
  StringEquals: (pattern, value) => pattern === value,
  StringLike: (pattern, value) => wildcard(pattern).test(value),
};

/** @throws Error for an operator or key whose meaning here is not known */
function conditionHolds(
  condition: NonNullable<Statement['Condition']>,
  context: Request['context'],
): boolean {
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, patterns]) => {
      const holds = OPERATORS[operator];
      const value = context[key.toLowerCase()];
      if (!holds || value === undefined)
        throw new Error(`A queue policy's condition ${operator} ${key} is not supported by the local run.`);
      return list(patterns).some((pattern) => holds(String(pattern), value));
    }),
  );
}

function list(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}
