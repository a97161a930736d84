import { Token } from 'aws-cdk-lib';
import { Grant, type IGrantable, type IPrincipal, UnknownPrincipal } from 'aws-cdk-lib/aws-iam';

export interface EffectiveGrant {
  readonly grantee: IGrantable;
  readonly actions: string[];
  readonly resourceArns: string[];
  /** The account of the stack. */
  readonly account: string;
}

/**
 * Adds the statement to the principal's own policies, because an HTTP API has no resource policy.
 *
 * @throws Error if the principal has no policies, or if the CDK cannot change them. The CDK itself would report no error.
 */
export function grantEffectively({ grantee, account, ...statement }: EffectiveGrant): void {
  const principal = grantee.grantPrincipal;
  const owner = principal.principalAccount ?? account;
  if (![owner, account].some((id) => Token.isUnresolved(id)) && owner !== account) {
    throw new Error(
      `A principal of account ${owner} cannot call the API of account ${account}, even with a grant. Give it a role of ${account} to assume, and grant to that role.`,
    );
  }
  if (isImmutable(principal) || principal instanceof UnknownPrincipal) throw withoutEffect(principal);
  if (!Grant.addToPrincipal({ grantee, ...statement }).success) throw withoutEffect(principal);
}

/** Detects a role with `mutable: false`, or from `withoutPolicyUpdates()`. It reports success, but drops each added statement. */
function isImmutable(principal: IPrincipal): boolean {
  return Object(principal.constructor).PROPERTY_INJECTION_ID === 'aws-cdk-lib.aws-iam.ImmutableRole';
}

function withoutEffect(principal: IPrincipal): Error {
  const grantee = principal instanceof UnknownPrincipal ? 'a resource whose role is not known' : principal;
  return new Error(
    `The grant would have no effect: the CDK cannot add a policy to ${grantee}. ` +
      "Give it a role, user or group; for a role that is there already, Role.fromRoleArn(this, 'Caller', 'arn:aws:iam::…:role/…'). " +
      'Or leave the grant out, and give the caller the statement of the README, "Who may call".',
  );
}
