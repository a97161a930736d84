import {
  type AttributeValue,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type Outcome, replaceableBy, type SessionOutcome } from '../../domain/revocation.ts';
import type { Recorded, RevocationReader, RevocationRecords } from '../../domain/stores.ts';
import { stored, storedIf } from '../dynamo.ts';
import {
  HEADER,
  headerRow,
  outcomeRow,
  SESSION_PREFIX,
  toHeader,
  toOutcome,
  toShare,
} from './revocation-rows.ts';

const DAY_SECONDS = 86_400;

/** The revocation records in DynamoDB, to be read. */
export function dynamoRevocationReader(client: DynamoDBClient, table: string): RevocationReader {
  return {
    async read(revocationId, signal) {
      const recorded: Recorded = { header: undefined, outcomes: [], users: [] };
      let next: Record<string, AttributeValue> | undefined;
      do {
        const command = new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'revocationId = :revocationId',
          ExpressionAttributeValues: marshall({ ':revocationId': revocationId }),
          ConsistentRead: true,
          ExclusiveStartKey: next,
        });
        const page = await stored(signal, (options) => client.send(command, options));
        for (const item of page.Items ?? []) add(recorded, unmarshall(item));
        next = page.LastEvaluatedKey;
      } while (next);
      return recorded;
    },
  };
}

function add(recorded: Recorded, row: Record<string, unknown>): void {
  const entry = String(row.entry);
  if (entry === HEADER) recorded.header = toHeader(row);
  else if (entry.startsWith(SESSION_PREFIX)) recorded.outcomes.push(toOutcome(row));
  else recorded.users.push(toShare(row));
}

/** When DynamoDB may remove a row: so long after it was written. */
export function expiryAfter(at: Date, retentionDays: number): number {
  return Math.floor(at.getTime() / 1000) + retentionDays * DAY_SECONDS;
}

/**
 * The same records, to be written too. What must not be overwritten is guarded by conditions, so that two calls at once
 * cannot make a record worse.
 *
 * @param retentionDays - how long after it was written DynamoDB keeps a row.
 */
export function dynamoRevocationRecords(
  client: DynamoDBClient,
  table: string,
  retentionDays: number,
): RevocationRecords {
  const { read } = dynamoRevocationReader(client, table);

  /** @returns false when a row is there already and has none of these outcomes. */
  function putUnlessThere(row: object, replaceable: Outcome[], signal: AbortSignal): Promise<boolean> {
    const values = Object.fromEntries(replaceable.map((outcome, i) => [`:replaceable${i}`, outcome]));
    const names = Object.keys(values);
    const command = new PutItemCommand({
      TableName: table,
      Item: marshall(row),
      ConditionExpression: `attribute_not_exists(revocationId)${names.length > 0 ? ` OR outcome IN (${names})` : ''}`,
      ...(names.length > 0 && { ExpressionAttributeValues: marshall(values) }),
    });
    return storedIf(signal, (options) => client.send(command, options));
  }

  /** @returns false when one as good or better is there. */
  function isRecorded(revocationId: string, outcome: SessionOutcome, signal: AbortSignal): Promise<boolean> {
    const row = { ...outcomeRow(revocationId, outcome), expiresAt: expiryAfter(outcome.at, retentionDays) };
    return putUnlessThere(row, replaceableBy(outcome.outcome), signal);
  }

  return {
    read,

    async putHeader(header, signal) {
      const row = { ...headerRow(header), expiresAt: expiryAfter(header.requestedAt, retentionDays) };
      if (await putUnlessThere(row, [], signal)) return header;
      return (await read(header.revocationId, signal)).header ?? header;
    },

    async putOutcomes(revocationId, outcomes, signal) {
      // Side by side, not in a batch: the permission for batches is one to delete as well.
      await Promise.all(outcomes.map((outcome) => isRecorded(revocationId, outcome, signal)));
    },

    async putOutcome(revocationId, outcome, signal) {
      if (await isRecorded(revocationId, outcome, signal)) return outcome;
      const { outcomes } = await read(revocationId, signal);
      return outcomes.find(({ sessionId }) => sessionId === outcome.sessionId) ?? outcome;
    },
  };
}
