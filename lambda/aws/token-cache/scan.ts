import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import type { ScanPage, TokenCache } from '../../domain/stores.ts';
import { fromCursor, stored, toCursor } from '../dynamo.ts';
import { Instant } from '../row-values.ts';
import { isSession, LONG_AGO, SCANNED_ATTRIBUTES } from './rows.ts';

/** Rows of one page. A page has at most as many users, so the time of one invocation is enough for it. */
const PAGE = 100;

const Row = v.object({
  userId: v.string(),
  sessionId: v.string(),
  registeredAt: v.fallback(Instant, LONG_AGO),
});

/** Reads the sessions of the token cache from end to end, without the ciphertext. */
export function dynamoScan(client: DynamoDBClient, table: string): Pick<TokenCache, 'scan'> {
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
      return { users: usersOf(rows), ...(next !== undefined && { next }) };
    },
  };
}

function usersOf(rows: v.InferOutput<typeof Row>[]): ScanPage['users'] {
  const users = Map.groupBy(rows.filter(isSession), ({ userId }) => userId);
  return [...users].map(([userId, own]) => ({
    userId,
    registeredAt: own.map(({ registeredAt }) => registeredAt),
  }));
}
