import { AttributeType, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { LISTED_ATTRIBUTES, SCANNED_ATTRIBUTES, SWEEP } from '../lambda/aws/token-cache/rows.ts';
import { ENV, SESSION_INDEX } from '../lambda/env.ts';
import type { ServiceFunction } from './service-function.ts';
import { everyTable } from './table.ts';

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
      ...everyTable,
    });
  }

  /** Finding a session by its id and deleting it; not reading its tokens. */
  grantForget(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${SESSION_INDEX}`]);
    fn.allow(['dynamodb:DeleteItem'], [this.table.tableArn]);
  }

  /** Sealing tokens, holding them, and reading the fence; not opening what is sealed. */
  grantRegister(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:PutItem', 'dynamodb:GetItem'], [this.table.tableArn]);
    this.#useKey(fn, ['kms:GenerateDataKey']);
  }

  /** Reading what is held of a user but for the tokens: IAM keeps the ciphertext from whoever lists. */
  grantList(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:Query'], [this.table.tableArn], {
      'ForAllValues:StringEquals': {
        'dynamodb:Attributes': LISTED_ATTRIBUTES,
      },
      StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    });
  }

  /** Reading and opening the sessions of a user, sealing refreshed tokens, deleting, raising the fence, noting jobs. */
  grantEndSessions(fn: ServiceFunction): void {
    this.#name(fn);
    const actions = ['Query', 'BatchWriteItem', 'PutItem', 'DeleteItem'].map(
      (action) => `dynamodb:${action}`,
    );
    fn.allow(actions, [this.table.tableArn]);
    this.#useKey(fn, ['kms:Decrypt', 'kms:GenerateDataKey']);
  }

  /** Noting a job as begun. */
  grantNoteBegun(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:PutItem'], [this.table.tableArn]);
  }

  /** Reading the keys of all sessions, and the jobs. */
  grantScan(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:Scan'], [this.table.tableArn], {
      'ForAllValues:StringEquals': {
        'dynamodb:Attributes': SCANNED_ATTRIBUTES,
      },
      StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    });
  }

  /** Keeping the place in a scan, in the one row that is for it. */
  grantProgress(fn: ServiceFunction): void {
    fn.allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [this.table.tableArn], {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [SWEEP] },
    });
  }

  #useKey(fn: ServiceFunction, actions: string[]): void {
    fn.addEnvironment(ENV.tokenKey, this.key.keyArn);
    fn.allow(actions, [this.key.keyArn], ofARow);
  }

  #name(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.tokenCacheTable, this.table.tableName);
  }
}

/** The key is for rows of the token cache: a ciphertext opens with the ids of its own row only. */
const ofARow = {
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['userId', 'sessionId'] },
  Null: { 'kms:EncryptionContextKeys': 'false' },
};
