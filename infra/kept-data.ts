import { RemovalPolicy } from 'aws-cdk-lib';
import {
  Billing,
  type ITableV2,
  TableEncryptionV2,
  type TablePropsV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { DataEncryption } from './data-encryption.ts';

export interface KeptDataProps {
  /**
   * What happens to tables, key and logs when the stack is deleted, or when they are removed from it. The default keeps them, except
   * what a first deployment created before it failed. `retain` keeps that, too. `destroy` is for test stacks.
   *
   * @default `RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE`; on the command line `retain-on-update-or-delete`
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Makes DynamoDB refuse to delete the tables. CloudFormation cannot delete them either, so a first deployment that fails leaves
   * empty tables: docs/deployment.md § The first deployment.
   *
   * @default true; false if `removalPolicy` is `destroy`
   */
  readonly deletionProtection?: boolean;
}

/** How the stack's data is encrypted, protected and kept. */
export interface KeptData extends Required<KeptDataProps> {
  /** Encryption with the company's key; undefined if AWS's keys are used. */
  readonly encryption?: DataEncryption | undefined;
}

const POLICIES: readonly (RemovalPolicy | undefined)[] = [
  RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  RemovalPolicy.RETAIN,
  RemovalPolicy.DESTROY,
];

/** @throws Error if the removal policy is unknown, or contradicts the deletion protection */
export function resolveKeptData(props: KeptDataProps): Required<KeptDataProps> {
  const { removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } = props;
  const isDestroyed = removalPolicy === RemovalPolicy.DESTROY;
  const { deletionProtection = !isDestroyed } = props;
  if (!POLICIES.includes(removalPolicy)) {
    throw new Error(
      `removalPolicy must be ${POLICIES.slice(0, -1).join(', ')} or ${POLICIES.at(-1)}, not ${JSON.stringify(removalPolicy)}.`,
    );
  }
  if (isDestroyed && deletionProtection) {
    throw new Error(
      'deletionProtection keeps the tables from being deleted, and removalPolicy destroy wants them deleted: give one of them.',
    );
  }
  return { removalPolicy, deletionProtection };
}

/** A new table, or an earlier stack's. With exactOptionalPropertyTypes, the CDK's class does not match its own interface. */
export type DataTable = TableV2 | ITableV2;

/** Creates a table with on-demand capacity, encryption by KMS, point-in-time recovery and TTL. */
export function createTable(
  scope: Construct,
  { removalPolicy, deletionProtection, encryption }: KeptData,
  keys: Pick<TablePropsV2, 'partitionKey' | 'sortKey' | 'globalSecondaryIndexes'>,
): TableV2 {
  const table = new TableV2(scope, 'Table', {
    ...keys,
    timeToLiveAttribute: 'expiresAt',
    billing: Billing.onDemand(),
    encryption: TableEncryptionV2.awsManagedKey(),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    removalPolicy,
    deletionProtection,
  });
  encryption?.encryptTable(table);
  return table;
}

export function existingTable(scope: Construct, tableArn: string): DataTable {
  return TableV2.fromTableArn(scope, 'ExistingTable', tableArn);
}
