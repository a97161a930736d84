import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ENV, SESSION_INDEX } from '../lambda/env.ts';
import type { ServiceFunction } from './service-function.ts';

/** The live sessions we hold: metadata in the clear, tokens only as ciphertext under a key used for nothing else. */
export class TokenCache extends Construct {
  /** Encrypts the tokens on the client side. Whoever may decrypt with it may end sessions, so it encrypts nothing else. */
  readonly key: Key;
  readonly table: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: 'Encrypts IAM Identity Center tokens held for revocation',
      enableKeyRotation: true,
    });
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: 'userId', type: AttributeType.STRING },
      sortKey: { name: 'sessionId', type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: SESSION_INDEX,
          partitionKey: { name: 'sessionId', type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
      timeToLiveAttribute: 'expiresAt',
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** Finding a session by its id and deleting it; not reading its tokens. */
  grantForget(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.tokenCacheTable, this.table.tableName);
    fn.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${SESSION_INDEX}`]);
    fn.allow(['dynamodb:DeleteItem'], [this.table.tableArn]);
  }
}
