import { Stack, Token } from 'aws-cdk-lib';
import { CfnGlobalTable, type TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type PolicyStatementProps, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { CfnQueue, type Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface EncryptionProps {
  /**
   * Your own key, which encrypts tables, queues, logs and the topic of `alarmEmail` at rest. A key of the stack also encrypts the
   * tokens in the token cache. The CDK completes the policy of a key of the same app. For any other key, add the policy statements
   * before you deploy: docs/deployment.md § A key of your own.
   *
   * @default AWS's keys
   */
  readonly encryptionKey?: IKey;
}

/** Only an ARN is accepted: some services take an alias or a bare id, but a policy does not. */
export const KEY_ARN = /^arn:[\w-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/;

/** @throws Error naming the property if it is not the ARN of a key */
export function encryptionKeyOf(
  scope: Construct,
  encryptionKeyArn: string | undefined,
): Pick<EncryptionProps, 'encryptionKey'> {
  if (encryptionKeyArn === undefined) return {};
  if (!Token.isUnresolved(encryptionKeyArn) && !KEY_ARN.test(encryptionKeyArn)) {
    throw new Error(`encryptionKeyArn must be the ARN of a key, not ${JSON.stringify(encryptionKeyArn)}.`);
  }
  return { encryptionKey: Key.fromKeyArn(scope, 'EncryptionKey', encryptionKeyArn) };
}

/** @throws Error if it is the key of the tokens */
export function requireEncryptionKey({ keyArn }: IKey, tokenKeyArn: string | undefined): void {
  if (keyArn !== tokenKeyArn) return;
  throw new Error('encryptionKey must not be existing.keyArn: the key of the tokens encrypts nothing else.');
}

/**
 * The company's own key for stored data. A function may use it only through the service that encrypts with it, and only if the
 * function may use that service.
 */
export class DataEncryption {
  readonly key: IKey;

  /** @param services - AWS services that use the key themselves, not for a calling function */
  constructor(scope: Construct, key: IKey, services: readonly ServiceUse[] = ['rules', 'logs']) {
    this.key = key;
    const statements = serviceStatements(Stack.of(scope));
    for (const service of services) this.let(statements[service]);
  }

  /** Adds a statement to the key's policy. This has no effect on a key that this app does not create. */
  let(statement: PolicyStatementProps): void {
    this.key.addToResourcePolicy(new PolicyStatement(statement));
  }

  /** Overrides the CloudFormation property, because the CDK's own property fails in a stack without a fixed Region. */
  encryptTable(table: TableV2): void {
    const resource = table.node.defaultChild;
    if (!(resource instanceof CfnGlobalTable))
      throw new Error('The table of the CDK has changed: it is no CfnGlobalTable.');
    resource.addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', this.key.keyArn);
  }

  /** Sets the CloudFormation properties: the CDK's own one would let each reader of the queue decrypt all that the key encrypted. */
  encryptQueue(queue: Queue): void {
    const resource = queue.node.defaultChild;
    if (!(resource instanceof CfnQueue))
      throw new Error('The queue of the CDK has changed: it is no CfnQueue.');
    resource.sqsManagedSseEnabled = undefined;
    resource.kmsMasterKeyId = this.key.keyArn;
  }

  /** The permission that a function needs for this use of the key. */
  statementFor(scope: Construct, use: KeyUse): PolicyStatement {
    const { service, actions } = KEY_USES[use];
    const { region } = Stack.of(scope);
    return new PolicyStatement({
      actions: [...actions],
      resources: [this.key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` } },
    });
  }
}

/** The key permissions that a function needs to use a table or a queue: docs/facts.md § KMS. */
const KEY_USES = {
  readTables: { service: 'dynamodb', actions: ['kms:Decrypt', 'kms:DescribeKey'] },
  writeTables: {
    service: 'dynamodb',
    actions: [
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
  },
  send: { service: 'sqs', actions: ['kms:Decrypt', 'kms:GenerateDataKey'] },
  receive: { service: 'sqs', actions: ['kms:Decrypt'] },
} as const;

export type KeyUse = keyof typeof KEY_USES;

/** The uses of the key that these actions need. A function that writes to a table also needs to read with its key. */
export function keyUsesOf(actions: readonly string[]): KeyUse[] {
  const tables = actions.filter((action) => action.startsWith('dynamodb:'));
  const isRead = (action: string) => /:(Query|Scan|(Batch)?GetItem)$/.test(action);
  return [
    ...(tables.length > 0 ? (['readTables'] as const) : []),
    ...(tables.every(isRead) ? [] : (['writeTables'] as const)),
    ...(actions.includes('sqs:SendMessage') ? (['send'] as const) : []),
  ];
}

export type ServiceUse = 'rules' | 'logs';

/** The statements for services that use the key themselves, not for a calling function. */
function serviceStatements({ account, partition, region }: Stack): Record<ServiceUse, PolicyStatementProps> {
  return {
    rules: {
      sid: 'RulesSendToEncryptedQueues',
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
    },
    logs: {
      sid: 'LogsAreEncrypted',
      principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*`,
        },
      },
    },
  };
}
