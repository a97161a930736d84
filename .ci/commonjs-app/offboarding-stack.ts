import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { SessionRevocation } from 'identity-center-revocation';

/** A stack as in an app of `cdk init`: CommonJS, `moduleResolution` `node`. Its identity store is only known at deployment. */
export class OffboardingStack extends cdk.Stack {
  constructor(scope: cdk.App, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    const store = new cdk.CfnParameter(this, 'IdentityStore');
    const revocation = new SessionRevocation(this, 'SessionRevocation', {
      identityStoreId: store.valueAsString,
      maxRoleSession: cdk.Duration.hours(4),
    });
    revocation.grantRevoke(iam.Role.fromRoleName(this, 'Workflow', 'offboarding-workflow'));
    new cdk.CfnOutput(this, 'RevocationApi', { value: revocation.apiUrl });
  }
}
