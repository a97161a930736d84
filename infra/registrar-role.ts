import { Token } from 'aws-cdk-lib';
import { OrganizationPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

export interface RegistrarRoleProps {
  /** The organization whose people may assume the role: `o-…`. */
  readonly organizationId: string;
}

/**
 * The role by which people whose permission sets are in other accounts register their own sessions. They need it because an HTTP
 * API accepts no callers of other accounts. The role may only call `PUT /sessions`.
 *
 * The session's name must be the caller's own user id, which AWS fills in for `identitystore:UserId`. So nobody can register
 * for somebody else. If AWS does not fill it in, nobody can assume the role. **Not tried on AWS.** That AWS fills it in for
 * `sts:AssumeRole` is inferred: docs/facts.md § Callers of the HTTP API. Only an IAM simulator has checked it.
 */
export class RegistrarRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { organizationId }: RegistrarRoleProps) {
    super(scope, id);
    // The role allows neither sts:TagSession nor sts:SetSourceIdentity: only the session's name may identify the person.
    this.role = new Role(this, 'Role', {
      description: 'Registers the IAM Identity Center session of whoever assumes it, under their user id',
      assumedBy: new OrganizationPrincipal(organizationId).withConditions({
        StringEquals: { 'sts:RoleSessionName': CALLERS_USER_ID },
      }),
    });
  }
}

/** A policy variable of IAM. It is split so that lint does not take it for a template string. */
const CALLERS_USER_ID = '$' + '{identitystore:UserId}';

const ORGANIZATION = /^o-[a-z0-9]{10,32}$/;

/** @throws Error saying which value is expected */
export function requireRegistrarRole({ organizationId }: RegistrarRoleProps): void {
  if (!Token.isUnresolved(organizationId) && !ORGANIZATION.test(organizationId)) {
    throw new Error(
      `registrarRole.organizationId must look like o-a1b2c3d4e5, not ${JSON.stringify(organizationId)}: see aws organizations describe-organization.`,
    );
  }
}
