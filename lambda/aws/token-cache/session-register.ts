import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { SessionRegister } from '../../domain/stores.ts';
import { stored } from '../dynamo.ts';
import { epochSeconds, FENCE, toRow } from './session-rows.ts';

/** The part of the token cache in DynamoDB that registering needs: writing a session, reading the fence. */
export function dynamoSessionRegister(client: DynamoDBClient, table: string): SessionRegister {
  return {
    async put(session, signal) {
      const command = new PutItemCommand({
        TableName: table,
        Item: marshall(toRow(session)),
        ReturnValues: 'ALL_OLD',
      });
      const { Attributes } = await stored(signal, (options) => client.send(command, options));
      return Attributes ? 'known' : 'new';
    },

    async isFenced(userId, now, signal) {
      const command = new GetItemCommand({
        TableName: table,
        Key: marshall({ userId, sessionId: FENCE }),
        ConsistentRead: true,
      });
      const { Item } = await stored(signal, (options) => client.send(command, options));
      return Number(Item?.expiresAt?.N ?? 0) > epochSeconds(now);
    },
  };
}
