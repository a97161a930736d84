import { DeleteItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import type { TokenCache } from '../../domain/stores.ts';
import { SESSION_INDEX } from '../../env.ts';
import { stored } from '../dynamo.ts';

const Keys = v.object({ userId: v.string(), sessionId: v.string() });

/** The token cache in DynamoDB: `userId` + `sessionId`, and an index by `sessionId` that is eventually consistent. */
export function dynamoTokenCache(client: DynamoDBClient, table: string): TokenCache {
  return {
    async find(sessionId, signal) {
      const command = new QueryCommand({
        TableName: table,
        IndexName: SESSION_INDEX,
        KeyConditionExpression: 'sessionId = :sessionId',
        ExpressionAttributeValues: marshall({ ':sessionId': sessionId }),
      });
      const { Items } = await stored(signal, (options) => client.send(command, options));
      return (Items ?? []).map((item) => v.parse(Keys, unmarshall(item)));
    },

    async forget({ userId, sessionId }, signal) {
      const command = new DeleteItemCommand({ TableName: table, Key: marshall({ userId, sessionId }) });
      await stored(signal, (options) => client.send(command, options));
    },
  };
}
