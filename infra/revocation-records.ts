import type { Duration } from 'aws-cdk-lib';
import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { DAY_INDEX, ENV, USER_INDEX } from '../lambda/env.ts';
import { createTable, type DataTable, existingTable, type KeptData } from './kept-data.ts';
import { allPartitionsBut, onlyPartitions } from './row-conditions.ts';
import type { ServiceFunction } from './service-function.ts';

export interface RevocationRecordsProps {
  /** How long a record is kept before DynamoDB's TTL deletes it; whole days. */
  readonly retention: Duration;
  /** How long a sign-in session lives. */
  readonly portalSession: Duration;
  /** The longest session duration of any permission set. */
  readonly maxRoleSession: Duration;
  readonly kept: KeptData;
  /** ARN of an earlier stack's table, which is used instead of a new one. */
  readonly existingTableArn?: string | undefined;
}

/** Matches the id of every revocation but a single session's. Such an id has its kind before a dot. The id of a session has no dot. */
const IDS_WITH_A_KIND = ['*.*'];

/** The audit trail. Each revocation has a header, and one outcome per session. No function may delete from it. */
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

  /** Grants reading the revocations of a user. */
  grantReadByUser(fn: ServiceFunction): void {
    this.grantRead(fn);
    fn.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${USER_INDEX}`]);
  }

  /** Grants finding the revocations of a period. Reading them also needs `grantRead`. */
  grantReadByTime(fn: ServiceFunction): void {
    fn.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${DAY_INDEX}`]);
  }

  /** Grants adding headers, outcomes and idempotency keys. By the adapter's conditions, only a better outcome overwrites an outcome. */
  grantRecord(fn: ServiceFunction): void {
    this.#record(fn);
  }

  /** Grants the same for revocations of single sessions only. */
  grantRecordOfSessions(fn: ServiceFunction): void {
    this.#record(fn, allPartitionsBut(IDS_WITH_A_KIND));
  }

  /** Grants the same for revocations of everyone only. */
  grantRecordOfEveryone(fn: ServiceFunction): void {
    this.#record(fn, onlyPartitions(['everyone.*']));
  }

  /** Grants adding and reading the revocations of ended assignments. */
  grantRecordOfAssignments(fn: ServiceFunction): void {
    const ofAssignments = onlyPartitions(['assignment.*']);
    this.#record(fn, ofAssignments);
    fn.allow(['dynamodb:Query'], [this.table.tableArn], ofAssignments);
  }

  /** Grants recording which access the removal of a user took away and what was given back, also in the removal's header. */
  grantRecordOfAccess(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.revocationsTable, this.table.tableName);
    fn.addEnvironment(ENV.recordRetentionDays, String(this.#props.retention.toDays()));
    fn.allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], [this.table.tableArn], onlyPartitions(['user.*']));
  }

  /** Grants updating a header: that the revocation of a user or of everyone is complete, or the state of its denial. */
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
