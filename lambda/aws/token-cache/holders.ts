import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import type { Holders, TokenCache } from '../../domain/stores.ts';
import { SESSION_INDEX } from '../../env.ts';
import { getAll, stored } from '../dynamo.ts';
import { FENCE_PREFIX, fenceKey, isSession, toFence } from './rows.ts';

const Keys = v.object({ userId: v.string(), sessionId: v.string() });

/**
 * The users in the token cache, read from the index. The index holds only keys, so this reads no ciphertext. It is eventually
 * consistent: read the table again before acting on a result.
 */
export function dynamoHolders(
  client: DynamoDBClient,
  table: string,
): Pick<TokenCache, 'holders' | 'fencesOf'> {
  return {
    async holders(signal) {
      const found: Holders = { sessions: 0, holding: new Set(), fenced: new Set() };
      let next: Record<string, AttributeValue> | undefined;
      do {
        const command = new ScanCommand({
          TableName: table,
          IndexName: SESSION_INDEX,
          ExclusiveStartKey: next,
        });
        const page = await stored(signal, (options) => client.send(command, options));
        for (const item of page.Items ?? []) {
          const keys = v.parse(Keys, unmarshall(item));
          if (isSession(keys)) {
            found.sessions += 1;
            found.holding.add(keys.userId);
          } else if (keys.userId.startsWith(FENCE_PREFIX))
            found.fenced.add(keys.userId.slice(FENCE_PREFIX.length));
        }
        next = page.LastEvaluatedKey;
      } while (next);
      return found;
    },

    async fencesOf(userIds, signal) {
      const rows = await getAll(client, table, userIds.map(fenceKey), signal);
      return rows.flatMap((row) => {
        const fence = toFence(row);
        return fence ? [{ userId: String(row.userId).slice(FENCE_PREFIX.length), ...fence }] : [];
      });
    },
  };
}
