import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import type { Recorded, RevocationReader, RevocationRecords } from '../domain/ports.ts';
import { type Outcome, type RevocationHeader, worseThan } from '../domain/revocation.ts';
import { within } from './clients.ts';
import { stored } from './failure.ts';

const HEADER = 'REVOCATION';
const SESSION_PREFIX = 'SESSION#';
const DAY_SECONDS = 86_400;

const Instant = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
);

const HeaderRow = v.object({
  revocationId: v.string(),
  sessionId: v.string(),
  userId: v.exactOptional(v.string()),
  source: v.literal('http'),
  requestedBy: v.string(),
  reason: v.exactOptional(v.string()),
  requestedAt: Instant,
  maxRoleSessionSeconds: v.number(),
});

const OutcomeRow = v.object({
  sessionId: v.string(),
  outcome: v.picklist(['LOGGED_OUT', 'ALREADY_INVALID', 'PENDING', 'FAILED']),
  at: Instant,
  attempts: v.number(),
  error: v.exactOptional(v.string()),
});

/**
 * The revocation records in DynamoDB: `revocationId` + (`REVOCATION` | `SESSION#<sessionId>`). Only the header bears
 * `userId`, so that the index by user holds one row a revocation, and none where the user is not known.
 */
export function dynamoRevocationReader(client: DynamoDBClient, table: string): RevocationReader {
  return {
    async read(revocationId, signal) {
      const recorded: Recorded = { header: undefined, outcomes: [] };
      let next: Record<string, AttributeValue> | undefined;
      do {
        const command = new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'revocationId = :revocationId',
          ExpressionAttributeValues: marshall({ ':revocationId': revocationId }),
          ConsistentRead: true,
          ExclusiveStartKey: next,
        });
        const page = await stored(within(signal, (options) => client.send(command, options)));
        for (const row of (page.Items ?? []).map((item) => unmarshall(item))) {
          if (row.entry === HEADER) recorded.header = toHeader(row);
          else recorded.outcomes.push(v.parse(OutcomeRow, row));
        }
        next = page.LastEvaluatedKey;
      } while (next);
      return recorded;
    },
  };
}

/**
 * The same table, to be written too. What must not be overwritten is guarded by conditions, so that two calls at once
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
  const expiresAfter = (at: Date) => Math.floor(at.getTime() / 1000) + retentionDays * DAY_SECONDS;

  /** @returns false when a row is there already and has none of these outcomes. */
  async function putUnlessThere(row: object, replaceable: Outcome[], signal: AbortSignal): Promise<boolean> {
    const values = Object.fromEntries(replaceable.map((outcome, i) => [`:replaceable${i}`, outcome]));
    const names = Object.keys(values);
    const command = new PutItemCommand({
      TableName: table,
      Item: marshall(row),
      ConditionExpression: `attribute_not_exists(revocationId)${names.length > 0 ? ` OR outcome IN (${names})` : ''}`,
      ...(names.length > 0 && { ExpressionAttributeValues: marshall(values) }),
    });
    const put = within(signal, (options) => client.send(command, options)).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      },
    );
    return stored(put);
  }

  return {
    read,

    async putHeader(header, signal) {
      const { subject, requestedAt, ...rest } = header;
      const row = {
        ...rest,
        ...subject,
        entry: HEADER,
        requestedAt: requestedAt.toISOString(),
        expiresAt: expiresAfter(requestedAt),
      };
      if (await putUnlessThere(row, [], signal)) return header;
      return (await read(header.revocationId, signal)).header ?? header;
    },

    async putOutcome(revocationId, outcome, signal) {
      const row = {
        ...outcome,
        revocationId,
        entry: `${SESSION_PREFIX}${outcome.sessionId}`,
        at: outcome.at.toISOString(),
        expiresAt: expiresAfter(outcome.at),
      };
      if (await putUnlessThere(row, worseThan(outcome.outcome), signal)) return outcome;
      const { outcomes } = await read(revocationId, signal);
      return outcomes.find(({ sessionId }) => sessionId === outcome.sessionId) ?? outcome;
    },
  };
}

function toHeader(row: Record<string, unknown>): RevocationHeader {
  const { sessionId, userId, ...rest } = v.parse(HeaderRow, row);
  return { ...rest, subject: { sessionId, ...(userId !== undefined && { userId }) } };
}
