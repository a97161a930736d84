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
   * What becomes of tables, key and logs when the stack is deleted, or does not have them any more. `DESTROY` is for stacks that
   * are tried out. The default keeps them, but for what a first deployment created before it failed.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Whether DynamoDB refuses to delete the tables, whoever asks for it. That includes CloudFormation after a first deployment that
   * failed: then the empty tables stay, and the next `cdk deploy` creates others.
   *
   * @default true, unless `removalPolicy` is `DESTROY`
   */
  readonly deletionProtection?: boolean;
}

/** What becomes of what the stack keeps. */
export interface KeptData extends Required<KeptDataProps> {
  /** With a key of the company; absent for keys of AWS. */
  readonly encryption?: DataEncryption | undefined;
}

const POLICIES: readonly (RemovalPolicy | undefined)[] = [
  RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  RemovalPolicy.RETAIN,
  RemovalPolicy.DESTROY,
];

/** @throws Error for what could not be deleted as it is asked for */
export function resolveKeptData(props: KeptDataProps): Required<KeptDataProps> {
  const { removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } = props;
  const isDestroyed = removalPolicy === RemovalPolicy.DESTROY;
  const { deletionProtection = !isDestroyed } = props;
  if (!POLICIES.includes(removalPolicy)) {
    throw new Error(
      `removalPolicy must be RETAIN_ON_UPDATE_OR_DELETE, RETAIN or DESTROY, not ${JSON.stringify(removalPolicy)}.`,
    );
  }
  if (isDestroyed && deletionProtection) {
    throw new Error(
      'deletionProtection keeps the tables from being deleted, and removalPolicy DESTROY wants them deleted: give one of them.',
    );
  }
  return { removalPolicy, deletionProtection };
}

/** New, or of an earlier stack. The CDK's class does not fit its own interface where optional properties are exact. */
export type DataTable = TableV2 | ITableV2;

/** What every table here is: on demand, encrypted by KMS, recoverable to any point in time, expiring. */
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
