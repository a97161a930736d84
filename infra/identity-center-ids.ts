import { Fn, Token } from 'aws-cdk-lib';

/** The service model's own pattern: docs/facts.md § Identity store. */
const IDENTITY_STORE = /^(d-[0-9a-f]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** @throws Error when it is neither an id nor a token of CloudFormation */
export function requireIdentityStore(id: string | undefined): void {
  if (id === undefined || Token.isUnresolved(id) || IDENTITY_STORE.test(id)) return;
  throw new Error(
    `identityStoreId must look like d-1234567890, or be a UUID, not ${JSON.stringify(id)}: see aws sso-admin list-instances.`,
  );
}

/** The service model's own pattern: docs/facts.md § Ending assignments. */
const INSTANCE = /^arn:aws(-[a-z]{1,5}){0,3}:sso:::instance\/(sso)?ins-[a-zA-Z0-9-.]{16}$/;

/** @throws Error when it is neither an ARN nor a token of CloudFormation */
export function requireInstance(arn: string | undefined): void {
  if (arn === undefined || Token.isUnresolved(arn) || INSTANCE.test(arn)) return;
  throw new Error(
    `instanceArn must look like arn:aws:sso:::instance/ssoins-0123456789abcdef, not ${JSON.stringify(arn)}: see aws sso-admin list-instances.`,
  );
}

/** All permission sets of the instance. */
export function permissionSetsOf(instanceArn: string): string {
  // String methods would not work: before deployment, the ARN may be a token that has none of these parts.
  const [arn = '', id = ''] = Fn.split(':instance/', instanceArn, 2);
  return `${arn}:permissionSet/${id}/*`;
}

/** The ids of an instance and of its identity store. */
export interface IdentityCenterIds {
  readonly instanceArn: string;
  readonly identityStoreId: string;
}

/** @throws Error naming the missing id, and the property that needs it */
export function requireIds(
  property: string,
  { instanceArn, identityStoreId }: Partial<IdentityCenterIds>,
): IdentityCenterIds {
  if (identityStoreId === undefined) throw new Error(`${property} needs identityStoreId.`);
  if (instanceArn === undefined) throw new Error(`${property} needs instanceArn.`);
  return { instanceArn, identityStoreId };
}
