import { Stack, Token } from 'aws-cdk-lib';
import { CfnGlobalTable, type TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type PolicyStatementProps, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { CfnQueue, type Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface EncryptionProps {
  /**
   * A key of yours that encrypts tables, queues, logs and the topic of `alarmEmail` at rest. The tokens in the token cache stay under
   * a key of the stack, too. The CDK completes the policy of a key of the same app. Any other key needs statements first:
   * docs/deployment.md § A key of your own.
   *
   * @default keys of AWS
   */
  readonly encryptionKey?: IKey;
}

/** Aliases and bare ids would do for some services, and not in a policy. */
export const KEY_ARN = /^arn:[\w-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/;

/** @throws Error naming the property, for what is no ARN of a key */
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

/** @throws Error for the key that is kept for the tokens */
export function requireEncryptionKey({ keyArn }: IKey, tokenKeyArn: string | undefined): void {
  if (keyArn !== tokenKeyArn) return;
  throw new Error('encryptionKey must not be existing.keyArn: the key of the tokens encrypts nothing else.');
}

/**
 * A company's own key for what is stored. Each function may use it only through the service that has it encrypt, and only if the
 * function may use that service.
 */
export class DataEncryption {
  readonly key: IKey;

  /** @param services - which of them use the key on nobody's behalf */
  constructor(scope: Construct, key: IKey, services: readonly ServiceUse[] = ['rules', 'logs']) {
    this.key = key;
    const statements = serviceStatements(Stack.of(scope));
    for (const service of services) this.let(statements[service]);
  }

  /** Without effect on a key that this app does not create. */
  let(statement: PolicyStatementProps): void {
    this.key.addToResourcePolicy(new PolicyStatement(statement));
  }

  /** Not by the CDK's own property, which a stack without a fixed Region refuses. */
  encryptTable(table: TableV2): void {
    const resource = table.node.defaultChild;
    if (!(resource instanceof CfnGlobalTable))
      throw new Error('The table of the CDK has changed: it is no CfnGlobalTable.');
    resource.addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', this.key.keyArn);
  }

  /**
   * Not by the CDK's own property: with it, whoever reads the queue could decrypt whatever the key has encrypted anywhere.
   */
  encryptQueue(queue: Queue): void {
    const resource = queue.node.defaultChild;
    if (!(resource instanceof CfnQueue))
      throw new Error('The queue of the CDK has changed: it is no CfnQueue.');
    resource.sqsManagedSseEnabled = undefined;
    resource.kmsMasterKeyId = this.key.keyArn;
  }

  /** What a function that uses the key so may do with it. */
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

/** What a function has to be allowed for what it does with a table or a queue: docs/facts.md § KMS. */
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

/** What it takes of the key to be allowed these actions. Whoever writes to a table also reads its key. */
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

/** What the services need that use the key on nobody's behalf. */
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
