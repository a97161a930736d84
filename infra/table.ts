import { RemovalPolicy } from 'aws-cdk-lib';
import { Billing, TableEncryptionV2, type TablePropsV2 } from 'aws-cdk-lib/aws-dynamodb';

/** What every table here is: on demand, encrypted by KMS, recoverable to any point in time, expiring, and retained. */
export const everyTable = {
  timeToLiveAttribute: 'expiresAt',
  billing: Billing.onDemand(),
  encryption: TableEncryptionV2.awsManagedKey(),
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  removalPolicy: RemovalPolicy.RETAIN,
} satisfies Partial<TablePropsV2>;
