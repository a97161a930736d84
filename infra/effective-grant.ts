import { Token } from 'aws-cdk-lib';
import { Grant, type IGrantable, type IPrincipal, UnknownPrincipal } from 'aws-cdk-lib/aws-iam';

export interface EffectiveGrant {
  readonly grantee: IGrantable;
  readonly actions: string[];
  readonly resourceArns: string[];
  /** Of the stack. */
  readonly account: string;
}

/**
 * Adds the statement to the principal's own policies: an HTTP API has no policy that could name the principal.
 *
 * @throws Error for a principal that has no policies, or whose policies the CDK does not change. The CDK says nothing then.
 */
export function grantEffectively({ grantee, account, ...statement }: EffectiveGrant): void {
  const principal = grantee.grantPrincipal;
  const owner = principal.principalAccount ?? account;
  if (![owner, account].some((id) => Token.isUnresolved(id)) && owner !== account) {
    throw new Error(
      `A principal of account ${owner} cannot call the API of account ${account}, whatever it is granted: give it a role of ${account} to assume, and grant to that role.`,
    );
  }
  if (isImmutable(principal) || principal instanceof UnknownPrincipal) throw withoutEffect(principal);
  if (!Grant.addToPrincipal({ grantee, ...statement }).success) throw withoutEffect(principal);
}

/** A role with `mutable: false`, or from `withoutPolicyUpdates()`. It says that it has added what it drops. */
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
