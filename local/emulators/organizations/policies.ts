import { randomBytes } from 'node:crypto';
import { ACCOUNT_ID, ORGANIZATION_ID } from '../../ground/account.ts';
import type { Clock } from '../../ground/clock.ts';

/** A service control policy. */
export interface Policy {
  /** Such as `p-0123456789`. */
  readonly policyId: string;
  readonly arn: string;
  readonly name: string;
  readonly description: string;
  readonly content: string;
  /** Roots, organizational units and accounts that it is attached to. */
  readonly targetIds: readonly string[];
}

export interface NewPolicy extends Partial<Policy> {
  readonly content: string;
}

/** A call of UpdatePolicy that was carried out. */
export interface PolicyUpdate {
  readonly policyId: string;
  /** The content of the policy after the update. */
  readonly content: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The organization's service control policies. They are stored, but not enforced. */
export interface Policies {
  create(policy: NewPolicy): Policy;
  get(policyId: string): Policy | undefined;
  all(): Policy[];
  /** @throws Error when there is no such policy; so does `edit` */
  contentOf(policyId: string): string;
  /** Changes a policy as somebody else would: nothing is checked, and `updates` does not get an entry. */
  edit(policyId: string, content: string): void;
  /** Changes a policy as UpdatePolicy does. @throws Error when there is no such policy */
  update(policyId: string, changes: Partial<Pick<Policy, 'content' | 'name' | 'description'>>): Policy;
  /** Oldest first; grows. */
  readonly updates: readonly PolicyUpdate[];
  /** How many characters a policy may have. */
  quota(): number;
  setQuota(characters: number): void;
}

/** AWS's default since May 2026; it was 5,120. */
const DEFAULT_QUOTA = 10_240;

export function createPolicies(clock: Clock): Policies {
  const policies = new Map<string, Policy>();
  const updates: PolicyUpdate[] = [];
  let quota = DEFAULT_QUOTA;
  const existing = (policyId: string) => {
    const policy = policies.get(policyId);
    if (!policy) throw new Error(`There is no policy ${policyId}.`);
    return policy;
  };
  const put = (policy: Policy) => {
    policies.set(policy.policyId, policy);
    return policy;
  };
  return {
    updates,
    create: (policy) => put(completed(policy)),
    get: (policyId) => policies.get(policyId),
    all: () => [...policies.values()],
    contentOf: (policyId) => existing(policyId).content,
    edit: (policyId, content) => void put({ ...existing(policyId), content }),
    update(policyId, changes) {
      const policy = put({ ...existing(policyId), ...changes });
      updates.push({ policyId, content: policy.content, at: clock() });
      return policy;
    },
    quota: () => quota,
    setQuota: (characters) => {
      quota = characters;
    },
  };
}

function completed({ policyId = `p-${randomBytes(5).toString('hex')}`, ...given }: NewPolicy): Policy {
  const path = `policy/${ORGANIZATION_ID}/service_control_policy/${policyId}`;
  const arn = `arn:aws:organizations::${ACCOUNT_ID}:${path}`;
  return { arn, name: policyId, description: '', targetIds: [], ...given, policyId };
}
