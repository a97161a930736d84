import { Duration, Token } from 'aws-cdk-lib';
import { requireWhole } from './require-between.ts';
import { requireRate } from './schedule-rate.ts';

interface PolicyLimits {
  /**
   * The quota of AWS Organizations for the text of a policy, in characters: 2,000 to 100,000. It was 5,120 before May 2026.
   * docs/facts.md § Service control policies.
   *
   * @default 10240
   */
  readonly policyCharacters?: number;
  /**
   * How often the reconciler updates the policies, in addition to after each change of the deny list. These runs also remove
   * expired entries. Whole minutes, up to 56 hours.
   *
   * @default 5 minutes
   */
  readonly reconcileEvery?: Duration;
}

/** Policies that the stack creates. The stack must be in the management account, or in a delegated administrator's account. */
export interface CreatedPolicies extends PolicyLimits {
  /**
   * The new policies are attached to these: ids of roots (`r-…`), organizational units (`ou-…`) and accounts. Deploy into the
   * management account, or a delegated administrator for policies. Not together with `policyIds`.
   *
   * @default none
   */
  readonly targets: readonly string[];
  /**
   * How many policies are created for `targets`: 1 to 9. AWS attaches at most ten to a target, FullAWSAccess included.
   *
   * @default 1
   */
  readonly policies?: number;
}

/**
 * Policies that exist and are attached already. The reconciler replaces their text only if it has a condition on
 * `identitystore:UserId`: a wrong id must not overwrite another policy.
 */
export interface ExistingPolicies extends PolicyLimits {
  /**
   * Instead of `targets`: ids of policies that are attached already, `p-…`, in the order in which they are filled. Their text is
   * replaced if it has a condition on `identitystore:UserId`, as in AWS's procedure. Any other text is left alone.
   *
   * @default none
   */
  readonly policyIds: readonly string[];
  /**
   * With `policyIds`, if the policies are in another account than the stack: a role there that the reconciler assumes. The role
   * needs `organizations:DescribePolicy` and `organizations:UpdatePolicy`: docs/deployment.md § Policies in another account.
   *
   * @default none: the stack is in the management account, or in a delegated administrator's account
   */
  readonly roleArn?: string;
}

export type RoleSessionsProps = CreatedPolicies | ExistingPolicies;

/** The properties with their defaults. */
export type DenyListSettings = ReturnType<typeof resolveRoleSessions>;

/** A policy that denies everyone but 20 users has 1,355 characters. It must always fit. */
const LEAST_CHARACTERS = 2_000;

const TARGET = /^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|\d{12})$/;
const POLICY = /^p-[0-9a-zA-Z_]{8,128}$/;
const ROLE = /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/;

/** @throws Error naming the invalid property */
export function resolveRoleSessions(props: RoleSessionsProps) {
  const { policyCharacters = 10_240, reconcileEvery = Duration.minutes(5) } = props;
  const targets = 'targets' in props ? props.targets : undefined;
  const policyIds = 'policyIds' in props ? props.policyIds : undefined;
  const policies = 'policies' in props ? props.policies : undefined;
  const policyCount = policies ?? 1;
  const roleArn = 'roleArn' in props ? props.roleArn : undefined;
  if ((targets === undefined) === (policyIds === undefined)) {
    throw new Error(
      'roleSessions needs targets to attach new policies to, or policyIds of existing policies.',
    );
  }
  if (targets && roleArn !== undefined) {
    throw new Error('roleSessions.roleArn is for policyIds: a stack creates policies in its own account.');
  }
  if (policyIds && policies !== undefined) {
    throw new Error('roleSessions.policies is for targets: with policyIds, all of them are used.');
  }
  requireEach('roleSessions.targets', targets, TARGET, 'r-…, ou-… or an account id');
  requireEach('roleSessions.policyIds', policyIds, POLICY, 'p-…');
  requireEach(
    'roleSessions.roleArn',
    roleArn === undefined ? undefined : [roleArn],
    ROLE,
    'the ARN of a role',
  );
  requireWhole('roleSessions.policies', policyCount, 1, 9);
  requireWhole('roleSessions.policyCharacters', policyCharacters, LEAST_CHARACTERS, 100_000);
  requireRate('roleSessions.reconcileEvery', reconcileEvery);
  return { policyCharacters, reconcileEvery, targets, policyIds, policyCount, roleArn };
}

function requireEach(
  what: string,
  values: readonly string[] | undefined,
  pattern: RegExp,
  form: string,
): void {
  if (values?.length === 0) throw new Error(`${what} must not be empty.`);
  const wrong = values?.find((value) => !Token.isUnresolved(value) && !pattern.test(value));
  if (new Set(values).size < (values?.length ?? 0)) throw new Error(`${what} must differ from each other.`);
  if (wrong !== undefined) throw new Error(`${what} must be ${form}, not ${wrong}.`);
}
