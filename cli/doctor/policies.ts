import type { OrganizationsClient } from '@aws-sdk/client-organizations';
import { clientSettings } from '../aws/client-settings.ts';
import { type Check, type Finding, ok, problem, WITHOUT_STACK } from './finding.ts';

/** The quota of a service control policy since May 2026: docs/facts.md § Service control policies. A stack with another `policyCharacters` has other room. */
const MAX_CHARACTERS = 10_240;
/** The most that one more signed-out user takes. With less room, the next removal may not fit. */
const ROOM_CHARACTERS = 500;

/** Checks whether service control policies are enabled, and whether those of the stack are attached and not full. */
export const policies: Check = {
  name: 'service control policies',
  async look({ credentials, outputs, resources }) {
    if (!outputs) return WITHOUT_STACK;
    const ids = await resources('AWS::Organizations::Policy');
    if (ids.length === 0)
      return ok('this stack has none of its own: role sessions are not denied, or by given policies');
    const { ListRootsCommand, OrganizationsClient: Client } = await import('@aws-sdk/client-organizations');
    // Organizations is global; its endpoint is in this Region.
    const client = new Client({ ...clientSettings('us-east-1'), credentials });
    const { Roots = [] } = await client.send(new ListRootsCommand({}));
    const types = Roots.flatMap(({ PolicyTypes = [] }) => PolicyTypes);
    if (!types.some(({ Type, Status }) => Type === 'SERVICE_CONTROL_POLICY' && Status === 'ENABLED'))
      return problem(
        'policies of this type are not enabled in the organization',
        `aws organizations enable-policy-type --root-id ${Roots[0]?.Id} --policy-type SERVICE_CONTROL_POLICY`,
      );
    const found = await Promise.all(ids.map((id) => policyFinding(client, id)));
    return (
      found.find(({ result }) => result === 'problem') ?? ok(found.map(({ detail }) => detail).join('; '))
    );
  },
};

async function policyFinding(client: OrganizationsClient, PolicyId: string): Promise<Finding> {
  const { DescribePolicyCommand, ListTargetsForPolicyCommand } = await import(
    '@aws-sdk/client-organizations'
  );
  const { Targets = [] } = await client.send(new ListTargetsForPolicyCommand({ PolicyId }));
  if (Targets.length === 0)
    return problem(
      `${PolicyId} is attached to nothing`,
      `aws organizations attach-policy --policy-id ${PolicyId} --target-id …`,
    );
  const { Policy } = await client.send(new DescribePolicyCommand({ PolicyId }));
  const room = MAX_CHARACTERS - (Policy?.Content?.length ?? 0);
  if (room < ROOM_CHARACTERS)
    return problem(`${PolicyId} is nearly full`, 'deploy with more -c denyPolicies');
  return ok(
    `${PolicyId} is attached to ${Targets.length} targets, with room for ${room} of ${MAX_CHARACTERS} characters`,
  );
}
