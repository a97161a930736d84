import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import { SessionRevocation } from 'identity-center-revocation';

/** A team's own stack with the construct in it: what it takes to let three roles of theirs call it. */
const stack = new Stack(new App(), 'Offboarding');

const revocation = new SessionRevocation(stack, 'SessionRevocation', {
  identityStoreId: 'd-1234567890',
  portalRegions: ['eu-west-1'],
  maxRoleSession: Duration.hours(4),
  // By which people whose permission sets are in other accounts register their own sessions.
  registrarRole: { organizationId: 'o-a1b2c3d4e5' },
});

/**
 * Roles of this account that are there already. An ArnPrincipal would not do: nothing can be added to its policies. Nor can the
 * roles of permission sets be changed: their statement is in the README.
 */
const role = (name: string) => Role.fromRoleName(stack, name, name);
revocation.grantRevoke(role('offboarding-workflow'));
revocation.grantRead(role('auditor'));
revocation.grantRegisterForAnyone(role('sign-in-service'));
new CfnOutput(stack, 'RevocationApi', { value: revocation.apiUrl });
new CfnOutput(stack, 'RegistrarRole', { value: revocation.registrarRole?.roleArn ?? '' });
