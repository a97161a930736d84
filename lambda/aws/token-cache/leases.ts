import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { TokenCache } from '../../domain/stores.ts';
import { storedIf } from '../dynamo.ts';
import { epochSeconds, LEASE_PREFIX } from './rows.ts';

/** Lambda's limit for an invocation. No run holds a lease for longer, so a longer lease is invalid. */
const LONGEST_MILLIS = 15 * 60_000;

/** The lease of the run that ends a user's sessions. Its holder deletes the row; if the holder crashes, the lease expires. */
export function dynamoLeases(
  client: DynamoDBClient,
  table: string,
): Pick<TokenCache, 'takeLease' | 'returnLease'> {
  const keyOf = (userId: string) => ({
    userId: `${LEASE_PREFIX}${userId}`,
    sessionId: `${LEASE_PREFIX}${userId}`,
  });

  return {
    takeLease(userId, { holder, until }, at, signal) {
      const row = {
        ...keyOf(userId),
        holder,
        heldUntil: until.toISOString(),
        expiresAt: epochSeconds(until),
      };
      const command = new PutItemCommand({
        TableName: table,
        Item: marshall(row),
        // The holder may take its own lease again, because the answer to its first call may have been lost.
        ConditionExpression:
          'attribute_not_exists(userId) OR heldUntil <= :at OR heldUntil > :latest OR holder = :holder',
        ExpressionAttributeValues: marshall({
          ':at': at.toISOString(),
          ':latest': new Date(at.getTime() + LONGEST_MILLIS).toISOString(),
          ':holder': holder,
        }),
      });
      return storedIf(signal, (options) => client.send(command, options));
    },

    async returnLease(userId, { holder }, signal) {
      const command = new DeleteItemCommand({
        TableName: table,
        Key: marshall(keyOf(userId)),
        ConditionExpression: 'holder = :holder',
        ExpressionAttributeValues: marshall({ ':holder': holder }),
      });
      await storedIf(signal, (options) => client.send(command, options));
    },
  };
}
