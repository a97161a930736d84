import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { SessionRevocation } from './session-revocation.ts';
import type { SessionRevocationProps } from './session-revocation-props.ts';

export interface SessionRevocationStackProps extends StackProps, SessionRevocationProps {}

/** The stack that `cdk deploy` deploys: one SessionRevocation, its address as an output. */
export class SessionRevocationStack extends Stack {
  readonly revocation: SessionRevocation;

  constructor(scope: Construct, id: string, props: SessionRevocationStackProps = {}) {
    super(scope, id, props);
    this.revocation = new SessionRevocation(this, 'SessionRevocation', props);
    new CfnOutput(this, 'ApiUrl', { value: this.revocation.apiUrl, description: 'POST revocations here' });
    new CfnOutput(this, 'DeadLetterQueueUrl', {
      value: this.revocation.queue.deadLetters.queueUrl,
      description: 'Revocations that were given up',
    });
    new CfnOutput(this, 'RevocationsTable', { value: this.revocation.records.table.tableName });
    new CfnOutput(this, 'TokenCacheTable', { value: this.revocation.tokenCache.table.tableName });
  }
}
