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
    const { removals, bulk, reports } = this.revocation.queues;
    new CfnOutput(this, 'DeadLetterQueueUrl', {
      value: removals.deadLetters.queueUrl,
      description: 'Removals and revocations that the worker gave up',
    });
    new CfnOutput(this, 'BulkDeadLetterQueueUrl', {
      value: bulk.deadLetters.queueUrl,
      description: 'Revocations of everyone that the worker gave up',
    });
    new CfnOutput(this, 'ReportsDeadLetterQueueUrl', {
      value: reports.deadLetters.queueUrl,
      description: 'Reports of registrations and of the sweep that the worker gave up',
    });
    if (this.revocation.registrarRole) {
      new CfnOutput(this, 'RegistrarRoleArn', {
        value: this.revocation.registrarRole.roleArn,
        description: 'People of other accounts assume this role to register their own sessions',
      });
    }
    new CfnOutput(this, 'RevocationsTable', { value: this.revocation.records.table.tableName });
    new CfnOutput(this, 'TokenCacheTable', { value: this.revocation.tokenCache.table.tableName });
  }
}
