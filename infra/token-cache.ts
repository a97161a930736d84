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
  /** Of an earlier stack, to be used instead of new ones. They belong together: the key opens what is in the table. */
  readonly existing?: { readonly tableArn: string; readonly keyArn: string } | undefined;
}

/** The live sessions we hold: metadata in the clear, tokens only as ciphertext under a key used for nothing else. */
export class TokenCache extends Construct {
  /** Encrypts the tokens on the client side. Whoever may decrypt with it may end sessions, so it encrypts nothing else. */
  readonly key: IKey;
  readonly table: DataTable;
  /** What the policy of a key of an earlier stack has to be, which no deployment can change. Absent where the key is created. */
  readonly existingKeyPolicy: PolicyDocument | undefined;
  /** ARNs of the roles that may open what is sealed. */
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

  /** Finding a session by its id and deleting it; not reading its tokens. */
  grantForget(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${SESSION_INDEX}`]);
    fn.allow(['dynamodb:DeleteItem'], [this.table.tableArn], ofUsers);
  }

  /** Sealing tokens, holding them, and reading the fence; not opening what is sealed. */
  grantRegister(fn: ServiceFunction): void {
    fn.allow(['dynamodb:PutItem'], [this.table.tableArn], ofUsers);
    this.grantList(fn);
    this.grantReadFence(fn);
    this.#useKey(fn, ['kms:GenerateDataKey']);
  }

  /** Reading what is held of a user but for the tokens: IAM keeps the ciphertext from whoever lists. */
  grantList(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:Query'], [this.table.tableArn], { ...onlyAttributes(LISTED_ATTRIBUTES), ...ofUsers });
  }

  /** Reading and opening the sessions of a user, sealing refreshed tokens, deleting, raising the fence, and noting the job. */
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

  /** Reading until when a user's sessions are refused. */
  grantReadFence(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:GetItem'], [this.table.tableArn], ofFences);
  }

  /** Raising and lowering fences. */
  grantChangeFence(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:UpdateItem'], [this.table.tableArn], ofFences);
  }

  /** Noting revocations of a kind as begun and queued, and reading such a note. */
  grantNote(fn: ServiceFunction, kind: typeof JOBS | typeof EVERYONE): void {
    this.#name(fn);
    fn.allow(dynamodb('UpdateItem', 'Query'), [this.table.tableArn], onlyPartitions([kind]));
  }

  /** Taking part in a revocation of everyone, and noting it as done. */
  grantFanOut(fn: ServiceFunction): void {
    this.grantScan(fn);
    this.grantNote(fn, EVERYONE);
    fn.allow(dynamodb('DeleteItem'), [this.table.tableArn], onlyPartitions([EVERYONE]));
  }

  /** Reading which revocations are begun and not done. */
  grantReadNotes(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:Query'], [this.table.tableArn], onlyPartitions([JOBS, EVERYONE]));
  }

  /** Reading whose all sessions are, and since when they are held. */
  grantScan(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['dynamodb:Scan'], [this.table.tableArn], onlyAttributes(SCANNED_ATTRIBUTES));
  }

  /** Finding who holds sessions and who has a fence, by keys alone, and reading the fences. */
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

/** The partitions of users: those of fences, leases and jobs begin with `#`, which no user id does. */
const ofUsers = allPartitionsBut(['#*']);
const ofFences = onlyPartitions([`${FENCE_PREFIX}*`]);
const ofLeases = onlyPartitions([`${LEASE_PREFIX}*`]);

const dynamodb = (...operations: string[]) => operations.map((operation) => `dynamodb:${operation}`);

/** The key is for rows of the token cache: a ciphertext opens with the ids of its own row only. */
const ofARow = {
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['userId', 'sessionId'] },
  Null: { 'kms:EncryptionContextKeys': 'false' },
};
