import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import { SessionRevocation } from 'identity-center-revocation';

/** A team's own stack with the construct in it: what it takes to let one role of theirs end sessions. */
const stack = new Stack(new App(), 'Offboarding');

const revocation = new SessionRevocation(stack, 'SessionRevocation', {
  identityStoreId: 'd-1234567890',
  portalRegions: ['eu-west-1'],
  maxRoleSession: Duration.hours(4),
});

// A role that is there already. An ArnPrincipal would not do: nothing can be added to its policies.
const workflow = Role.fromRoleArn(
  stack,
  'Workflow',
  `arn:aws:iam::${stack.account}:role/offboarding-workflow`,
);
revocation.grantRevoke(workflow);
new CfnOutput(stack, 'RevocationApi', { value: revocation.apiUrl });
