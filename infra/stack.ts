import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ApiDomain } from './api-domain.ts';
import { encryptionKeyOf } from './data-encryption.ts';
import { type NetworkIds, networkOf } from './network.ts';
import type { RevocationQueue } from './revocation-queue.ts';
import { SessionRevocation } from './session-revocation.ts';
import type { SessionRevocationProps } from './session-revocation-props.ts';

export interface SessionRevocationStackProps extends StackProps, SessionRevocationProps, NetworkIds {
  /**
   * The ARN of `encryptionKey`, in the account and Region of the stack.
   *
   * @default none: `encryptionKey` is used
   */
  readonly encryptionKeyArn?: string;
}

/** The stack that `cdk deploy` deploys: one SessionRevocation, and outputs with its addresses, queues and tables. */
export class SessionRevocationStack extends Stack {
  readonly revocation: SessionRevocation;

  constructor(scope: Construct, id: string, props: SessionRevocationStackProps = {}) {
    super(scope, id, props);
    this.revocation = new SessionRevocation(this, 'SessionRevocation', {
      ...props,
      ...encryptionKeyOf(this, props.encryptionKeyArn),
      ...networkOf(this, props),
    });
    new CfnOutput(this, 'ApiUrl', { value: this.revocation.apiUrl, description: 'POST revocations here' });
    const { apiDomain, jwtApiUrl, jwtApiDomain } = this.revocation;
    this.#domainOutputs('ApiDomain', apiDomain);
    if (jwtApiUrl !== undefined) {
      new CfnOutput(this, 'JwtApiUrl', { value: jwtApiUrl, description: 'The same, with a JSON Web Token' });
    }
    this.#domainOutputs('JwtApiDomain', jwtApiDomain);
    const { removals, bulk, reports } = this.revocation.queues;
    this.#redriveOutputs('Removals', removals);
    this.#redriveOutputs('Bulk', bulk);
    this.#redriveOutputs('Reports', reports);
    const { endedAssignments } = this.revocation;
    if (endedAssignments) this.#redriveOutputs('EndedAssignments', endedAssignments.queue);
    if (this.revocation.accessRemoval) {
      this.#redriveOutputs('AccessRemovals', this.revocation.accessRemoval.queue);
    }
    const { roleSessions } = props;
    if (roleSessions && 'roleArn' in roleSessions && this.revocation.reconcilerRole) {
      new CfnOutput(this, 'ReconcilerRoleArn', {
        value: this.revocation.reconcilerRole.roleArn,
        description: 'The role of organizationsRoleArn must trust this role',
      });
    }
    if (this.revocation.notices) this.#redriveOutputs('Notices', this.revocation.notices);
    if (this.revocation.registrarRole) {
      new CfnOutput(this, 'RegistrarRoleArn', {
        value: this.revocation.registrarRole.roleArn,
        description: 'People of other accounts assume this role to register their own sessions',
      });
    }
    if (props.eventAccounts && props.eventAccounts.length > 0) {
      new CfnOutput(this, 'EventBusArn', {
        value: this.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' }),
        description: 'Where the other accounts forward their events (-c forwardTo=…)',
      });
    }
    this.#dataOutputs();
  }

  /** Adds outputs with the target of the DNS record, if there is a domain name. */
  #domainOutputs(name: string, domain: ApiDomain | undefined): void {
    if (!domain) return;
    new CfnOutput(this, `${name}Target`, { value: domain.target });
    new CfnOutput(this, `${name}TargetHostedZoneId`, { value: domain.targetHostedZoneId });
  }

  /** Adds the outputs that another stack needs to use these tables and this key after this stack is deleted: -c existing…Arn. */
  #dataOutputs(): void {
    const { records, tokenCache, denyList } = this.revocation;
    new CfnOutput(this, 'RevocationsTable', { value: records.table.tableName });
    new CfnOutput(this, 'TokenCacheTable', { value: tokenCache.table.tableName });
    new CfnOutput(this, 'RevocationsTableArn', { value: records.table.tableArn });
    new CfnOutput(this, 'TokenCacheTableArn', { value: tokenCache.table.tableArn });
    new CfnOutput(this, 'TokenKeyArn', { value: tokenCache.key.keyArn });
    if (denyList) new CfnOutput(this, 'DenyListTableArn', { value: denyList.table.tableArn });
    if (!tokenCache.existingKeyPolicy) return;
    new CfnOutput(this, 'TokenKeyPolicy', {
      value: this.toJsonString(tokenCache.existingKeyPolicy),
      description: 'Give the existing key this policy: aws kms put-key-policy',
    });
  }

  /** Adds the outputs for reading a queue and its dead-letter queue, and for moving messages back. */
  #redriveOutputs(name: string, { queue, deadLetters }: RevocationQueue): void {
    new CfnOutput(this, `${name}DeadLetterQueueUrl`, { value: deadLetters.queueUrl });
    new CfnOutput(this, `${name}DeadLetterQueueArn`, { value: deadLetters.queueArn });
    new CfnOutput(this, `${name}QueueArn`, { value: queue.queueArn });
    new CfnOutput(this, `${name}QueueUrl`, { value: queue.queueUrl });
  }
}
