import { Duration, Names, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { CfnPolicy } from 'aws-cdk-lib/aws-organizations';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EVERYONE } from '../lambda/domain/denial.ts';
import { renderDenyPolicies } from '../lambda/domain/role-sessions/deny-policy.ts';
import { ENV, WAKE_GROUP, WAKE_PERIOD_SECONDS } from '../lambda/env.ts';
import { alarmOnDenyList } from './deny-list-alarms.ts';
import type { DenyListSettings } from './deny-list-props.ts';
import { createTable, type DataTable, existingTable, type KeptData } from './kept-data.ts';
import { allPartitionsBut, onlyPartitions } from './row-conditions.ts';
import type { ServiceFunction } from './service-function.ts';

/** The reconciler's timeout. The visibility timeout is twice as long, so that a failed run is soon retried. */
export const RECONCILER_TIMEOUT = Duration.seconds(30);

export interface DenyListProps {
  readonly settings: DenyListSettings;
  readonly kept: KeptData;
  /** ARN of a table of an earlier stack, to be used instead of a new one. */
  readonly existingTableArn?: string | undefined;
}

/**
 * The users whose role sessions are denied, and the service control policies that deny them.
 *
 * The queue holds no work: a message only starts the reconciler, and the schedule starts it as well. So a lost message loses
 * nothing, and there is no dead-letter queue.
 */
export class DenyList extends Construct {
  readonly table: DataTable;
  readonly policyIds: string[];
  readonly #settings: DenyListSettings;
  readonly #policyArns: string[];
  readonly #queue: Queue;

  constructor(scope: Construct, id: string, { settings, kept, existingTableArn }: DenyListProps) {
    super(scope, id);
    this.#settings = settings;
    this.table =
      existingTableArn === undefined
        ? createTable(this, kept, {
            partitionKey: { name: 'userId', type: AttributeType.STRING },
            sortKey: { name: 'revocationId', type: AttributeType.STRING },
          })
        : existingTable(this, existingTableArn);
    this.#queue = new Queue(this, 'Queue', {
      fifo: true,
      contentBasedDeduplication: true,
      // Later than the period that one message stands for: lambda/aws/job-queue.ts.
      deliveryDelay: Duration.seconds(WAKE_PERIOD_SECONDS + 1),
      visibilityTimeout: Duration.seconds(2 * RECONCILER_TIMEOUT.toSeconds()),
      retentionPeriod: Duration.hours(1),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    new Rule(this, 'Schedule', {
      description: 'Takes out what is over, and mends policies that somebody else has changed',
      schedule: Schedule.rate(settings.reconcileEvery),
      targets: [new SqsQueue(this.#queue, { messageGroupId: WAKE_GROUP })],
    });
    kept.encryption?.encryptQueue(this.#queue);
    const policies = this.#policies();
    this.policyIds = policies.map((policy) => policy.id);
    this.#policyArns = policies.map((policy) => policy.arn);
  }

  /** The longest time between two runs of the reconciler. */
  get every(): Duration {
    return this.#settings.reconcileEvery;
  }

  /** Grants entering and lifting denials of users and of everyone, but not deleting rows. */
  grantChange(fn: ServiceFunction): void {
    this.#change(fn);
  }

  /** The same for denials of users alone. */
  grantChangeOfUsers(fn: ServiceFunction): void {
    this.#change(fn, allPartitionsBut([EVERYONE]));
  }

  /** The same for denials of everyone alone. */
  grantChangeOfEveryone(fn: ServiceFunction): void {
    this.#change(fn, onlyPartitions([EVERYONE]));
  }

  /** Finding what is denied of a user, or of everyone. */
  grantRead(fn: ServiceFunction): void {
    fn.allow(['dynamodb:Query'], [this.table.tableArn]);
  }

  /** Finding what is denied of a user. */
  grantReadOfUsers(fn: ServiceFunction): void {
    fn.allow(['dynamodb:Query'], [this.table.tableArn], allPartitionsBut([EVERYONE]));
  }

  /** Finding what is denied of everyone. */
  grantReadOfEveryone(fn: ServiceFunction): void {
    fn.allow(['dynamodb:Query'], [this.table.tableArn], onlyPartitions([EVERYONE]));
  }

  /** Reading the whole list. */
  grantReadAll(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.denyListTable, this.table.tableName);
    fn.allow(['dynamodb:Scan'], [this.table.tableArn]);
  }

  /** Reading the whole list, noting what is done, changing the policies, which nobody else may, and running again. */
  grantReconcile(fn: ServiceFunction): void {
    const { policyCharacters, policyIds, roleArn } = this.#settings;
    fn.addEnvironment(ENV.denyListTable, this.table.tableName);
    fn.addEnvironment(ENV.denyPolicyIds, this.policyIds.join(','));
    fn.addEnvironment(ENV.denyPolicyCharacters, String(policyCharacters));
    if (policyIds) fn.addEnvironment(ENV.denyPoliciesAdopted, 'true');
    fn.allow(['dynamodb:Scan', 'dynamodb:UpdateItem'], [this.table.tableArn]);
    this.#wake(fn);
    if (roleArn === undefined) {
      fn.allow(['organizations:DescribePolicy', 'organizations:UpdatePolicy'], this.#policyArns);
    } else {
      fn.addEnvironment(ENV.organizationsRole, roleArn);
      fn.allow(['sts:AssumeRole'], [roleArn]);
    }
  }

  /** Invokes the function after each change of the list, and on the schedule. */
  feed(fn: ServiceFunction): void {
    fn.useKeyTo('receive');
    fn.addEventSource(new SqsEventSource(this.#queue, { batchSize: 10 }));
    alarmOnDenyList(this, fn, this.every);
  }

  #change(fn: ServiceFunction, conditions?: ReturnType<typeof onlyPartitions>): void {
    fn.addEnvironment(ENV.denyListTable, this.table.tableName);
    fn.allow(['dynamodb:UpdateItem'], [this.table.tableArn], conditions);
    this.#wake(fn);
  }

  #wake(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.denyListQueueUrl, this.#queue.queueUrl);
    fn.allow(['sqs:SendMessage'], [this.#queue.queueArn]);
  }

  #policies(): { id: string; arn: string }[] {
    const { policyIds, targets, policyCount, policyCharacters } = this.#settings;
    const { account, partition, region } = Stack.of(this);
    if (policyIds) {
      const prefix = `arn:${partition}:organizations::*:policy/o-*/service_control_policy/`;
      return policyIds.map((id) => ({ id, arn: `${prefix}${id}` }));
    }
    // Always the same: a change of the text would be one more reason for CloudFormation to write it over the list of the day.
    const [empty] = renderDenyPolicies([], { policies: 1, characters: policyCharacters }).policies;
    const policies = Array.from({ length: policyCount }, (_, index) => {
      const id = index + 1;
      return new CfnPolicy(this, `Policy${id}`, {
        // Of the whole organization, so that another account may have such a stack, too.
        name: `${Names.uniqueResourceName(this, { maxLength: 80 })}-${account}-${region}-${id}`,
        description:
          'Denies role sessions of users whose sign-in sessions were revoked; kept up to date by a function',
        type: 'SERVICE_CONTROL_POLICY',
        content: JSON.parse(empty?.text ?? ''),
        ...(targets && { targetIds: [...targets] }),
      });
    });
    // One after the other: AWS Organizations refuses changes at the same time.
    for (const [index, policy] of policies.entries()) policies[index + 1]?.addResourceDependency(policy);
    this.#wakeAfterDeployments();
    return policies.map((policy) => ({ id: policy.ref, arn: policy.attrArn }));
  }

  /** If CloudFormation changes any property of a policy, it also writes the empty list: docs/facts.md § CloudFormation. */
  #wakeAfterDeployments(): void {
    new Rule(this, 'Deployed', {
      description: 'Brings back the deny list after CloudFormation has written a policy',
      eventPattern: {
        source: ['aws.cloudformation'],
        detailType: ['CloudFormation Resource Status Change'],
        detail: {
          'stack-id': [Stack.of(this).stackId],
          'resource-type': [CfnPolicy.CFN_RESOURCE_TYPE_NAME],
          'status-details': { status: ['CREATE_COMPLETE', 'UPDATE_COMPLETE'] },
        },
      },
      targets: [new SqsQueue(this.#queue, { messageGroupId: WAKE_GROUP })],
    });
  }
}
