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
  /** ARN of an earlier stack's table, which is used instead of a new one. */
  readonly existingTableArn?: string | undefined;
}

/**
 * The users whose role sessions are denied, and the service control policies that deny them.
 *
 * The queue holds no work: a message only starts the reconciler, and a schedule starts it as well. So a lost message only
 * delays it, and the queue needs no dead-letter queue.
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
      // One message stands for all changes of a period, so it must arrive after the period ends: lambda/aws/job-queue.ts.
      deliveryDelay: Duration.seconds(WAKE_PERIOD_SECONDS + 1),
      visibilityTimeout: Duration.seconds(2 * RECONCILER_TIMEOUT.toSeconds()),
      retentionPeriod: Duration.hours(1),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    new Rule(this, 'Schedule', {
      description: 'Removes expired entries, and repairs policies that somebody else changed',
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

  /** Grants adding and lifting denials of users and of everyone, but not deleting rows. */
  grantChange(fn: ServiceFunction): void {
    this.#change(fn);
  }

  /** Grants the same for denials of users only. */
  grantChangeOfUsers(fn: ServiceFunction): void {
    this.#change(fn, allPartitionsBut([EVERYONE]));
  }

  /** Grants the same for denials of everyone only. */
  grantChangeOfEveryone(fn: ServiceFunction): void {
    this.#change(fn, onlyPartitions([EVERYONE]));
  }

  /** Grants finding the denials of a user or of everyone. */
  grantRead(fn: ServiceFunction): void {
    fn.allow(['dynamodb:Query'], [this.table.tableArn]);
  }

  /** Grants finding the denials of a user. */
  grantReadOfUsers(fn: ServiceFunction): void {
    fn.allow(['dynamodb:Query'], [this.table.tableArn], allPartitionsBut([EVERYONE]));
  }

  /** Grants finding the denials of everyone. */
  grantReadOfEveryone(fn: ServiceFunction): void {
    fn.allow(['dynamodb:Query'], [this.table.tableArn], onlyPartitions([EVERYONE]));
  }

  /** Grants reading the whole list. */
  grantReadAll(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.denyListTable, this.table.tableName);
    fn.allow(['dynamodb:Scan'], [this.table.tableArn]);
  }

  /** Grants reading the whole list, recording what is done, changing the policies and waking the reconciler. Only it may change them. */
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

  /** Invokes the function after each change of the list, and by the schedule. */
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
    // This text never changes. A changed text would make CloudFormation overwrite the current deny list with it.
    const [empty] = renderDenyPolicies([], { policies: 1, characters: policyCharacters }).policies;
    const policies = Array.from({ length: policyCount }, (_, index) => {
      const id = index + 1;
      return new CfnPolicy(this, `Policy${id}`, {
        // Policy names are unique in the organization. Account and Region in the name allow further stacks elsewhere.
        name: `${Names.uniqueResourceName(this, { maxLength: 80 })}-${account}-${region}-${id}`,
        description:
          'Denies role sessions of users whose sign-in sessions were revoked; kept up to date by a function',
        type: 'SERVICE_CONTROL_POLICY',
        content: JSON.parse(empty?.text ?? ''),
        ...(targets && { targetIds: [...targets] }),
      });
    });
    // CloudFormation must change the policies one after the other: AWS Organizations refuses concurrent changes.
    for (const [index, policy] of policies.entries()) policies[index + 1]?.addResourceDependency(policy);
    this.#wakeAfterDeployments();
    return policies.map((policy) => ({ id: policy.ref, arn: policy.attrArn }));
  }

  /** Wakes the reconciler after CloudFormation changed a policy: it then also writes the empty list (docs/facts.md § CloudFormation). */
  #wakeAfterDeployments(): void {
    new Rule(this, 'Deployed', {
      description: 'Restores the deny list after CloudFormation has written a policy',
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
