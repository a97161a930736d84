import type { Policies } from '../emulators/organizations/policies.ts';
import { isServiceControlPolicy } from '../emulators/organizations/policy-document.ts';
import type { Assembly } from './assembly.ts';
import type { Resolver } from './intrinsics.ts';
import { type KnownProperties, requireKnown, resourcesOf } from './properties.ts';

const KNOWN: KnownProperties = {
  executed: ['Content', 'Description', 'Name', 'TargetIds', 'Type'],
  leftOut: ['Tags'],
};

/** Creates the template's policies. @throws Error for a policy that Organizations would refuse, or that is no service control policy */
export function createServiceControlPolicies(
  assembly: Assembly,
  resolver: Resolver,
  policies: Policies,
): void {
  for (const [id, { Properties }] of resourcesOf(assembly, 'AWS::Organizations::Policy')) {
    requireKnown(id, Properties, KNOWN);
    const { Content, Description, Name, TargetIds, Type } = Object(resolver.resolve(Properties));
    if (Type !== 'SERVICE_CONTROL_POLICY')
      throw new Error(`${id}: the local run does not support a ${String(Type)}.`);
    if (typeof Name !== 'string') throw new Error(`${id}: a policy needs a Name.`);
    policies.create({
      policyId: resolver.ref(id),
      arn: resolver.attribute(id, 'Arn'),
      name: Name,
      content: contentOf(id, Content, policies.quota()),
      ...(typeof Description === 'string' && { description: Description }),
      ...(Array.isArray(TargetIds) && { targetIds: TargetIds.map(String) }),
    });
  }
}

/** CloudFormation accepts the policy as an object or as JSON text. */
function contentOf(id: string, given: unknown, quota: number): string {
  const content = typeof given === 'string' ? given : (JSON.stringify(given) ?? '');
  if (!isServiceControlPolicy(content))
    throw new Error(`${id}: its Content is not a service control policy.`);
  if (content.length <= quota) return content;
  throw new Error(`${id}: its Content has ${content.length} characters; Organizations takes ${quota}.`);
}
