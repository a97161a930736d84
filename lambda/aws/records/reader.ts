import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Recorded, RevocationRecords } from '../../domain/stores.ts';
import { USER_INDEX } from '../../env.ts';
import { fromCursor, queryAll, stored, toCursor } from '../dynamo.ts';
import { ACCESS_PREFIX, toAccessItem } from './access-rows.ts';
import { dynamoByTime } from './by-time.ts';
import { HEADER, SESSION_PREFIX, toHeader, toKeyClaim, toOutcome, toShare, USER_PREFIX } from './rows.ts';

/** Reads the revocation records in DynamoDB. */
export function dynamoRevocationReader(
  client: DynamoDBClient,
  table: string,
): Pick<RevocationRecords, 'read' | 'byUser' | 'byTime' | 'keyClaim'> {
  return {
    byTime: dynamoByTime(client, table),

    async read(revocationId, signal) {
      const recorded: Recorded = { header: undefined, outcomes: [], users: [], access: [] };
      const id = { ':revocationId': revocationId };
      const rows = await queryAll(client, table, 'revocationId = :revocationId', id, signal);
      for (const row of rows) add(recorded, row);
      return recorded;
    },

    async keyClaim(keyId, signal) {
      const [row] = await queryAll(client, table, 'revocationId = :keyId', { ':keyId': keyId }, signal);
      return row && toKeyClaim(row);
    },

    async byUser(userId, { limit, cursor }, signal) {
      const command = new QueryCommand({
        TableName: table,
        IndexName: USER_INDEX,
        KeyConditionExpression: 'userId = :userId',
        ExpressionAttributeValues: marshall({ ':userId': userId }),
        ExclusiveStartKey:
          cursor === undefined
            ? undefined
            : marshall(fromCursor(cursor, { revocationId: '', entry: HEADER, userId, requestedAt: '' })),
        ScanIndexForward: false,
        Limit: limit,
      });
      const { Items, LastEvaluatedKey } = await stored(signal, (options) => client.send(command, options));
      const next = toCursor(LastEvaluatedKey);
      return {
        headers: (Items ?? []).map((item) => toHeader(unmarshall(item))),
        ...(next !== undefined && { next }),
      };
    },
  };
}

function add(recorded: Recorded, row: Record<string, unknown>): void {
  const entry = String(row.entry);
  if (entry === HEADER) recorded.header = toHeader(row);
  else if (entry.startsWith(SESSION_PREFIX)) recorded.outcomes.push(toOutcome(row));
  else if (entry.startsWith(USER_PREFIX)) recorded.users.push(toShare(row));
  else if (entry.startsWith(ACCESS_PREFIX)) recorded.access.push(toAccessItem(row));
}
