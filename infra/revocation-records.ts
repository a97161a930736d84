import type { Duration } from 'aws-cdk-lib';
import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { DAY_INDEX, ENV, USER_INDEX } from '../lambda/env.ts';
import { createTable, type DataTable, existingTable, type KeptData } from './kept-data.ts';
import { allPartitionsBut, onlyPartitions } from './row-conditions.ts';
import type { ServiceFunction } from './service-function.ts';

export interface RevocationRecordsProps {
  /** How long a record stands before DynamoDB's TTL removes it; whole days. */
  readonly retention: Duration;
  /** How long a sign-in session lives. */
  readonly portalSession: Duration;
  /** The longest session duration of any permission set. */
  readonly maxRoleSession: Duration;
  readonly kept: KeptData;
  /** ARN of a table of an earlier stack, to be used instead of a new one. */
  readonly existingTableArn?: string | undefined;
}

/** Of all that is not the revocation of a session: an id with its kind before a dot. The id of a session has no dot. */
const IDS_WITH_A_KIND = ['*.*'];

/** The audit trail: a header and one outcome per session for every revocation. No function may delete from it. */
export class RevocationRecords extends Construct {
  readonly table: DataTable;
  readonly #props: RevocationRecordsProps;

  constructor(scope: Construct, id: string, props: RevocationRecordsProps) {
    super(scope, id);
    this.#props = props;
    const { existingTableArn } = props;
    this.table = existingTableArn === undefined ? this.#create() : existingTable(this, existingTableArn);
  }

  #create(): DataTable {
    return createTable(this, this.#props.kept, {
      partitionKey: { name: 'revocationId', type: AttributeType.STRING },
      sortKey: { name: 'entry', type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: USER_INDEX,
          partitionKey: { name: 'userId', type: AttributeType.STRING },
          sortKey: { name: 'requestedAt', type: AttributeType.STRING },
          projectionType: ProjectionType.ALL,
        },
        {
          indexName: DAY_INDEX,
          partitionKey: { name: 'day', type: AttributeType.STRING },
          sortKey: { name: 'requestedAt', type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
  }

  grantRead(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.revocationsTable, this.table.tableName);
    fn.allow(['dynamodb:Query'], [this.table.tableArn]);
  }

  /** Reading the revocations of a user. */
  grantReadByUser(fn: ServiceFunction): void {
    this.grantRead(fn);
    fn.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${USER_INDEX}`]);
  }

  /** Reading which revocations there are of a time; `grantRead` goes with it. */
  grantReadByTime(fn: ServiceFunction): void {
    fn.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${DAY_INDEX}`]);
  }

  /** Adding headers, outcomes and idempotency keys. Nothing is overwritten but by a better outcome: the adapter's conditions say so. */
  grantRecord(fn: ServiceFunction): void {
    this.#record(fn);
  }

  /** The same for the revocations of single sessions alone. */
  grantRecordOfSessions(fn: ServiceFunction): void {
    this.#record(fn, allPartitionsBut(IDS_WITH_A_KIND));
  }

  /** The same for the revocations of everyone alone. */
  grantRecordOfEveryone(fn: ServiceFunction): void {
    this.#record(fn, onlyPartitions(['everyone.*']));
  }

  /** Adding the revocations of ended assignments, and reading those that are there. */
  grantRecordOfAssignments(fn: ServiceFunction): void {
    const ofAssignments = onlyPartitions(['assignment.*']);
    this.#record(fn, ofAssignments);
    fn.allow(['dynamodb:Query'], [this.table.tableArn], ofAssignments);
  }

  /** Recording what is taken away and given back under the removal of a user, in its header too. */
  grantRecordOfAccess(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.revocationsTable, this.table.tableName);
    fn.addEnvironment(ENV.recordRetentionDays, String(this.#props.retention.toDays()));
    fn.allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], [this.table.tableArn], onlyPartitions(['user.*']));
  }

  /** Adding to a header: that the revocation of a user, or of everyone, is complete, or what became of its denial. */
  grantAmend(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.revocationsTable, this.table.tableName);
    fn.allow(['dynamodb:UpdateItem'], [this.table.tableArn]);
  }

  #record(fn: ServiceFunction, conditions?: ReturnType<typeof onlyPartitions>): void {
    fn.addEnvironment(ENV.revocationsTable, this.table.tableName);
    fn.addEnvironment(ENV.recordRetentionDays, String(this.#props.retention.toDays()));
    fn.addEnvironment(ENV.portalSessionSeconds, String(this.#props.portalSession.toSeconds()));
    fn.addEnvironment(ENV.maxRoleSessionSeconds, String(this.#props.maxRoleSession.toSeconds()));
    fn.allow(['dynamodb:PutItem'], [this.table.tableArn], conditions);
  }
}
