import { type DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import type { ScanPage, TokenCache } from '../../domain/stores.ts';
import { fromCursor, stored, toCursor } from '../dynamo.ts';
import { Instant } from '../row-values.ts';
import { FENCE_PREFIX, LONG_AGO, SCANNED_ATTRIBUTES, SWEEP, toFence } from './rows.ts';

/** Rows of a scan's page: as many users at the most, so that a page fits into the time of one invocation. */
const PAGE = 100;
const CURSOR = { userId: SWEEP, sessionId: '#CURSOR' };

const Row = v.object({
  userId: v.string(),
  sessionId: v.string(),
  registeredAt: v.fallback(Instant, LONG_AGO),
  // Of a fence, what else it has.
  until: v.optional(v.unknown()),
  coveredUntil: v.optional(v.unknown()),
  askedAt: v.optional(v.unknown()),
  loweredAt: v.optional(v.unknown()),
});
type Row = v.InferOutput<typeof Row>;

type Scan = Pick<TokenCache, 'scan' | 'readSweepCursor' | 'writeSweepCursor'>;

/** Reads the token cache from end to end, keys and fences only; the sweep's place in it is a row of its own. */
export function dynamoScan(client: DynamoDBClient, table: string): Scan {
  return {
    async scan(cursor, signal) {
      const command = new ScanCommand({
        TableName: table,
        Select: 'SPECIFIC_ATTRIBUTES',
        ProjectionExpression: SCANNED_ATTRIBUTES.map((name) => `#${name}`).join(', '),
        ExpressionAttributeNames: Object.fromEntries(SCANNED_ATTRIBUTES.map((name) => [`#${name}`, name])),
        ExclusiveStartKey:
          cursor === undefined ? undefined : marshall(fromCursor(cursor, { userId: '', sessionId: '' })),
        Limit: PAGE,
        ConsistentRead: true,
      });
      const { Items, LastEvaluatedKey } = await stored(signal, (options) => client.send(command, options));
      const rows = (Items ?? []).map((item) => v.parse(Row, unmarshall(item)));
      const next = toCursor(LastEvaluatedKey);
      return { ...pageOf(rows), ...(next !== undefined && { next }) };
    },

    async readSweepCursor(signal) {
      const command = new GetItemCommand({ TableName: table, Key: marshall(CURSOR), ConsistentRead: true });
      const { Item } = await stored(signal, (options) => client.send(command, options));
      return Item?.cursor?.S;
    },

    async writeSweepCursor(cursor, signal) {
      const row = { ...CURSOR, ...(cursor !== undefined && { cursor }) };
      const command = new PutItemCommand({ TableName: table, Item: marshall(row) });
      await stored(signal, (options) => client.send(command, options));
    },
  };
}

function pageOf(rows: Row[]): ScanPage {
  const sessions = rows.filter(
    ({ userId, sessionId }) => !userId.startsWith('#') && !sessionId.startsWith('#'),
  );
  const users = Map.groupBy(sessions, ({ userId }) => userId);
  return {
    users: [...users].map(([userId, own]) => ({
      userId,
      registeredAt: own.map(({ registeredAt }) => registeredAt),
    })),
    fences: rows.flatMap(({ userId, ...row }) => {
      const fence = userId.startsWith(FENCE_PREFIX) && toFence(row);
      return fence ? [{ userId: userId.slice(FENCE_PREFIX.length), ...fence }] : [];
    }),
  };
}
