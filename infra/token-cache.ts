import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import {
  EVERYONE,
  FENCE_PREFIX,
  JOBS,
  LEASE_PREFIX,
  LISTED_ATTRIBUTES,
  SCANNED_ATTRIBUTES,
} from '../lambda/aws/token-cache/rows.ts';
import { ENV, SESSION_INDEX } from '../lambda/env.ts';
import { createTable, type DataTable, existingTable, type KeptData } from './kept-data.ts';
import { allPartitionsBut, onlyAttributes, onlyPartitions } from './row-conditions.ts';
import type { ServiceFunction } from './service-function.ts';
import { createTokenKey, existingTokenKeyPolicy } from './token-key.ts';

export interface TokenCacheProps {
  readonly kept: KeptData;
  /** Table and key of an earlier stack, used instead of new ones. They belong together: only this key decrypts the rows of the table. */
  readonly existing?: { readonly tableArn: string; readonly keyArn: string } | undefined;
}

/** The live sessions that the stack holds. Their metadata is readable. Their tokens are encrypted under a key of their own. */
export class TokenCache extends Construct {
  /** Encrypts the tokens on the client side, and nothing else: a role that may decrypt with it may end sessions. */
  readonly key: IKey;
  readonly table: DataTable;
  /** The policy that the key of an earlier stack must have. No deployment can change it. Undefined if the stack creates the key. */
  readonly existingKeyPolicy: PolicyDocument | undefined;
  /** ARNs of the roles that may decrypt tokens. */
  readonly #openers: string[] = [];

  constructor(scope: Construct, id: string, { kept, existing }: TokenCacheProps) {
    super(scope, id);
    if (existing) {
      this.key = Key.fromKeyArn(this, 'ExistingKey', existing.keyArn);
      this.table = existingTable(this, existing.tableArn);
      this.existingKeyPolicy = existingTokenKeyPolicy(this.#openers);
      return;
    }
    this.key = createTokenKey(this, 'Key', this.#openers, kept.removalPolicy);
    this.table = this.#createTable(kept);
  }

  #createTable(kept: KeptData): DataTable {
    return createTable(this, kept, {
      partitionKey: { name: 'userId', type: AttributeType.STRING },
      sortKey: { name: 'sessionId', type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: SESSION_INDEX,
          partitionKey: { name: 'sessionId', type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
  }

  /** Grants finding a session by its id and deleting it, but not reading its tokens. */
  grantForget(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${SESSION_INDEX}`]);
    fn.allow(['dynamodb:DeleteItem'], [this.table.tableArn], ofUsers);
  }

  /** Grants encrypting tokens, holding sessions and reading fences, but not decrypting. */
  grantRegister(fn: ServiceFunction): void {
    fn.allow(['dynamodb:PutItem'], [this.table.tableArn], ofUsers);
    this.grantList(fn);
    this.grantReadFence(fn);
    this.#useKey(fn, ['kms:GenerateDataKey']);
  }

  /** Grants reading a user's sessions without the tokens: IAM refuses the ciphertext. */
  grantList(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:Query'], [this.table.tableArn], { ...onlyAttributes(LISTED_ATTRIBUTES), ...ofUsers });
  }

  /** Grants reading and decrypting a user's sessions, encrypting refreshed tokens, deleting, raising the fence, and noting the job. */
  grantEndSessions(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(dynamodb('Query', 'BatchWriteItem', 'PutItem'), [this.table.tableArn], ofUsers);
    fn.allow(dynamodb('PutItem', 'DeleteItem'), [this.table.tableArn], ofLeases);
    this.grantChangeFence(fn);
    this.grantNote(fn, JOBS);
    fn.allow(dynamodb('DeleteItem'), [this.table.tableArn], onlyPartitions([JOBS]));
    this.#openers.push(fn.role.roleArn);
    this.#useKey(fn, ['kms:Decrypt', 'kms:GenerateDataKey']);
  }

  /** Grants reading fences. */
  grantReadFence(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:GetItem'], [this.table.tableArn], ofFences);
  }

  /** Grants raising and lowering fences. */
  grantChangeFence(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:UpdateItem'], [this.table.tableArn], ofFences);
  }

  /** Grants noting revocations of this kind as begun and queued, and reading such a note. */
  grantNote(fn: ServiceFunction, kind: typeof JOBS | typeof EVERYONE): void {
    this.#name(fn);
    fn.allow(dynamodb('UpdateItem', 'Query'), [this.table.tableArn], onlyPartitions([kind]));
  }

  /** Grants listing all users with sessions for a revocation of everyone, and noting it as done. */
  grantFanOut(fn: ServiceFunction): void {
    this.grantScan(fn);
    this.grantNote(fn, EVERYONE);
    fn.allow(dynamodb('DeleteItem'), [this.table.tableArn], onlyPartitions([EVERYONE]));
  }

  /** Grants reading the notes of unfinished revocations. */
  grantReadNotes(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:Query'], [this.table.tableArn], onlyPartitions([JOBS, EVERYONE]));
  }

  /** Grants reading of all sessions the user and the time of registration. */
  grantScan(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:Scan'], [this.table.tableArn], onlyAttributes(SCANNED_ATTRIBUTES));
  }

  /** Grants finding users with sessions or fences by keys alone, and reading the fences. */
  grantFindHolders(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:Scan'], [`${this.table.tableArn}/index/${SESSION_INDEX}`]);
    fn.allow(['dynamodb:BatchGetItem'], [this.table.tableArn], ofFences);
  }

  #useKey(fn: ServiceFunction, actions: string[]): void {
    fn.addEnvironment(ENV.tokenKey, this.key.keyArn);
    fn.allow(actions, [this.key.keyArn], ofARow);
  }

  #name(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.tokenCacheTable, this.table.tableName);
  }
}

/** The partitions of users. Those of fences, leases and jobs begin with `#`, and no user id does. */
const ofUsers = allPartitionsBut(['#*']);
const ofFences = onlyPartitions([`${FENCE_PREFIX}*`]);
const ofLeases = onlyPartitions([`${LEASE_PREFIX}*`]);

const dynamodb = (...operations: string[]) => operations.map((operation) => `dynamodb:${operation}`);

/** Restricts the key to rows of the token cache: a ciphertext can only be decrypted with the ids of its own row. */
const ofARow = {
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['userId', 'sessionId'] },
  Null: { 'kms:EncryptionContextKeys': 'false' },
};
