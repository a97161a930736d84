import { runSimulation, runUnsafeSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import { ACCOUNT_ID } from '../../local/ground/account.ts';
import type { RecordedCall } from '../../local/permissions/call-log.ts';
import type { Need } from '../../local/permissions/call-need.ts';
import { keyAndQueuePolicies } from '../../local/permissions/key-and-queue-policies.ts';
import {
  conditionKeys,
  type Policy,
  roleNames,
  rolePolicies,
  type Statement,
} from '../../local/permissions/role-policies.ts';
import { type Assembly, loadAssembly } from '../../local/template/assembly.ts';
import { createResolver } from '../../local/template/intrinsics.ts';

/** A real call, or an invented one. */
export interface CallOf extends Need {
  /** Logical id of the function. */
  readonly functionId: string;
}

export interface Grant {
  readonly functionId: string;
  readonly action: string;
  readonly resource: string;
  readonly condition: Statement['Condition'];
}

export type Permissions = ReturnType<typeof permissionsOf>;

/**
 * What the roles of a synthesized stack may do, according to an IAM simulator that reads their policies and those of
 * keys and queues.
 */
export function permissionsOf(assemblyDirectory: string, region = 'us-east-1') {
  return permissionsIn(loadAssembly(assemblyDirectory), region);
}

export function permissionsIn(assembly: Assembly, region = 'us-east-1') {
  const resolver = createResolver(assembly, region);
  const roles = rolePolicies(assembly, resolver);
  const names = roleNames(assembly, resolver);
  const resourcePolicies = keyAndQueuePolicies(assembly, resolver);
  const answers = new Map<string, Promise<string | undefined>>();

  /**
   * Why the action on the resource is refused; undefined if it is allowed. The simulator gets the same question only
   * once.
   */
  function refusal(policies: readonly Policy[], call: CallOf, resource: string): Promise<string | undefined> {
    const own = resourcePolicies.get(resource);
    const asked = conditionKeys([...policies, ...(own ? [own] : [])]);
    const context = Object.entries(call.context).filter(([key]) => asked.has(key.toLowerCase()));
    const role = names.get(call.functionId) || call.functionId;
    const question = JSON.stringify([policies, own && role, call.action, resource, context]);
    const known = answers.get(question);
    if (known) return known;
    const request = { action: call.action, resource, context: Object.fromEntries(context) };
    const answer = simulate(policies, role, request, own);
    answers.set(question, answer);
    return answer;
  }

  /** The calls that are not allowed: one sentence each. */
  async function refused(calls: readonly CallOf[]): Promise<string[]> {
    const refusals = calls.flatMap((call) =>
      call.resources.map(async (resource) => {
        const reason = await refusal(roles.get(call.functionId) ?? [], call, resource);
        const { functionId, action, context } = call;
        return (
          reason &&
          `${functionId} may not ${action} on ${resource} with ${JSON.stringify(context)}: ${reason}`
        );
      }),
    );
    return (await Promise.all(refusals)).filter((text) => text !== undefined);
  }

  /** All grants, each for one action on one resource. */
  const grants = [...roles].flatMap(([functionId, policies]) =>
    policies.flatMap(({ Statement }) => Statement.flatMap((statement) => grantsOf(functionId, statement))),
  );

  /** The grants that allow none of the calls. */
  async function unused(calls: readonly RecordedCall[]): Promise<Grant[]> {
    const uses = grants.map(async (grant) => {
      const alone = [policyOf(grant)];
      const own = calls.filter(
        ({ functionId, action }) => functionId === grant.functionId && action === grant.action,
      );
      const tried = own.flatMap((call) => call.resources.map((resource) => refusal(alone, call, resource)));
      return (await Promise.all(tried)).includes(undefined);
    });
    const used = await Promise.all(uses);
    return grants.filter((_, n) => !used[n]);
  }

  return { refused, unused, grants, asked: () => answers.size };
}

/** @throws Error if the simulator finds the request invalid */
async function simulate(
  policies: readonly Policy[],
  role: string,
  { action, resource, context }: Omit<Need, 'resources'> & { readonly resource: string },
  resourcePolicy: object | undefined,
): Promise<string | undefined> {
  const simulation: Simulation = {
    request: {
      principal: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${role}/session`,
      action,
      resource: { resource, accountId: ACCOUNT_ID },
      // Real calls to AWS use TLS, but the local ones do not. Policies identify a session by the ARN of its role.
      contextVariables: {
        'aws:SecureTransport': 'true',
        'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT_ID}:role/${role}`,
        ...mutable(context),
      },
    },
    identityPolicies: policies.map((policy, n) => ({ name: `policy ${n}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(resourcePolicy && { resourcePolicy }),
  };
  const answer = await runSimulation(simulation, {});
  if (answer.resultType === 'error') return `no valid request: ${JSON.stringify(answer.errors)}`;
  const ignored = answer.resultType === 'single' ? (answer.result.ignoredContextKeys ?? []) : [];
  // Keys with a variable part, such as kms:EncryptionContext:<name>, are known only to the engine.
  const result = ignored.length > 0 ? runUnsafeSimulation(simulation, {}) : answer.overallResult;
  return result === 'Allowed' ? undefined : result;
}

function mutable(context: Need['context']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(context).map(([key, value]) => [key, typeof value === 'string' ? value : [...value]]),
  );
}

function grantsOf(functionId: string, { Effect, Action, Resource, Condition }: Statement): Grant[] {
  if (Effect !== 'Allow') return [];
  return [Action]
    .flat()
    .flatMap((action) =>
      [Resource].flat().map((resource) => ({ functionId, action, resource, condition: Condition })),
    );
}

function policyOf({ action, resource, condition }: Grant): Policy {
  const statement = { Effect: 'Allow', Action: action, Resource: resource };
  return { Version: '2012-10-17', Statement: [{ ...statement, ...(condition && { Condition: condition }) }] };
}
