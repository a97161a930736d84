import type { Assembly } from '../template/assembly.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { resourcesOf } from '../template/properties.ts';

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A policy document with resolved references. */
export interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

/** Returns the policies of each function's role, by the function's logical id. Managed policies are ignored: they grant nothing here. */
export function rolePolicies(assembly: Assembly, resolver: Resolver): Map<string, Policy[]> {
  const byRole = policiesByRole(assembly, resolver);
  return new Map([...roleNames(assembly, resolver)].map(([id, role]) => [id, byRole.get(role) ?? []]));
}

/** Returns the name of each function's role, by the function's logical id. */
export function roleNames(assembly: Assembly, resolver: Resolver): Map<string, string> {
  return new Map(
    resourcesOf(assembly, 'AWS::Lambda::Function').map(([id, { Properties }]) => [
      id,
      resolver.text(Properties.Role ?? '').replace(/^.*\//, ''),
    ]),
  );
}

function policiesByRole(assembly: Assembly, resolver: Resolver): Map<string, Policy[]> {
  const inline = resourcesOf(assembly, 'AWS::IAM::Role').flatMap(([id, { Properties }]) => {
    const policies = list(resolver.resolve(Properties.Policies ?? []));
    return policies.map((policy): [string, Policy] => [resolver.ref(id), documentOf(policy)]);
  });
  const attached = resourcesOf(assembly, 'AWS::IAM::Policy').flatMap(([, { Properties }]) => {
    const document = documentOf(resolver.resolve(Properties));
    return list(resolver.resolve(Properties.Roles)).map((role): [string, Policy] => [String(role), document]);
  });
  const all = Map.groupBy([...inline, ...attached], ([role]) => role);
  return new Map([...all].map(([role, entries]) => [role, entries.map(([, document]) => document)]));
}

/** Returns the condition keys of the policies, in lower case because IAM ignores case. No other key affects a decision. */
export function conditionKeys(policies: readonly Policy[]): Set<string> {
  const conditions = policies.flatMap(({ Statement }) => Statement.map(({ Condition }) => Condition ?? {}));
  const tests = conditions.flatMap((condition) => Object.values(condition));
  return new Set(tests.flatMap((test) => Object.keys(test)).map((key) => key.toLowerCase()));
}

/** The documents are the CDK's own output, so they are not validated. */
const documentOf = (policy: unknown): Policy => Object(policy).PolicyDocument;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
