import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { DomainError } from '../../domain/errors.ts';
import type { RevocationHeader } from '../../domain/revocation.ts';
import type { RevocationRecords } from '../../domain/stores.ts';
import { DAY_INDEX } from '../../env.ts';
import { fromCursor, queryAll, stored, toCursor } from '../dynamo.ts';
import { dayOf, HEADER, toHeader } from './rows.ts';

const DAY_MILLIS = 86_400_000;

/**
 * The revocations of a period, from an index with one partition for each day. Each revocation is written to it once. A
 * partition takes 1,000 writes a second: ten times the fastest pace of Logouts.
 */
export function dynamoByTime(client: DynamoDBClient, table: string): RevocationRecords['byTime'] {
  /** The headers, in the given order. The index holds only keys, and may still hold the key of a header that TTL has removed. */
  async function headersOf(revocationIds: string[], signal: AbortSignal): Promise<RevocationHeader[]> {
    const key = 'revocationId = :revocationId AND entry = :entry';
    const rows = await Promise.all(
      revocationIds.map((id) =>
        queryAll(client, table, key, { ':revocationId': id, ':entry': HEADER }, signal),
      ),
    );
    return rows.flat().map(toHeader);
  }

  return async ({ from, to }, { limit, cursor }, signal) => {
    const first = from.toISOString();
    const last = new Date(to.getTime() - 1).toISOString();
    const begun = cursor === undefined ? undefined : keyOf(cursor, first, last);
    const revocationIds: string[] = [];
    let next: Record<string, AttributeValue> | undefined = begun && marshall(begun);
    let day: string = begun?.day ?? dayOf(new Date(last));
    while (day >= dayOf(from)) {
      const command = new QueryCommand({
        TableName: table,
        IndexName: DAY_INDEX,
        KeyConditionExpression: '#day = :day AND requestedAt BETWEEN :from AND :last',
        // `day` is a reserved word of DynamoDB.
        ExpressionAttributeNames: { '#day': 'day' },
        ExpressionAttributeValues: marshall({ ':day': day, ':from': first, ':last': last }),
        ExclusiveStartKey: next,
        ScanIndexForward: false,
        Limit: limit - revocationIds.length,
      });
      const { Items, LastEvaluatedKey } = await stored(signal, (options) => client.send(command, options));
      revocationIds.push(...(Items ?? []).map((item) => String(unmarshall(item).revocationId)));
      next = LastEvaluatedKey;
      const further = toCursor(next);
      if (further !== undefined && revocationIds.length >= limit)
        return { headers: await headersOf(revocationIds, signal), next: further };
      if (!next) day = dayOf(new Date(Date.parse(day) - DAY_MILLIS));
    }
    return { headers: await headersOf(revocationIds, signal) };
  };
}

/**
 * The key that a cursor stands for. It must lie in the period: DynamoDB refuses to start elsewhere, and a much later day would
 * take a query for each day in between.
 *
 * @throws DomainError `cursor-invalid` if the cursor is not of a page of this period
 */
function keyOf(cursor: string, first: string, last: string): { day: string } & Record<string, string> {
  const key = fromCursor(cursor, { revocationId: '', entry: HEADER, day: '', requestedAt: '' });
  const { day = '', requestedAt = '' } = key;
  if (requestedAt >= first && requestedAt <= last && requestedAt.startsWith(`${day}T`))
    return { ...key, day };
  throw new DomainError(
    'cursor-invalid',
    'cursor must be the nextCursor of the page before, of the same time.',
  );
}
