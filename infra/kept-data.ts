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
   * What becomes of tables, key and logs when the stack is deleted, or does not have them any more. The default keeps them, except
   * what a first deployment created before it failed. `retain` keeps that, too. `destroy` is for stacks to try things out.
   *
   * @default `RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE`; on the command line `retain-on-update-or-delete`
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * DynamoDB refuses to delete the tables, whoever asks. CloudFormation cannot delete them either, so after a first deployment that
   * failed, empty tables stay: docs/deployment.md § The first deployment.
   *
   * @default true; false if `removalPolicy` is `destroy`
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
