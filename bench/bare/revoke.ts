import { env } from 'node:process';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { LogoutCommand, SSOClient } from '@aws-sdk/client-sso';

/** Does the least that ending a session by its token needs: Logout, record, delete. It has no middleware, no checks and no retry. */

export interface BareRevocation {
  readonly accessToken: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly revocationId: string;
}

const sso = new SSOClient({});
const dynamo = new DynamoDBClient({});

export async function handler({ accessToken, userId, sessionId, revocationId }: BareRevocation) {
  await sso.send(new LogoutCommand({ accessToken }));
  await dynamo.send(
    new PutItemCommand({
      TableName: env.REVOCATIONS_TABLE,
      Item: {
        revocationId: { S: revocationId },
        entry: { S: sessionId },
        at: { S: new Date().toISOString() },
      },
    }),
  );
  const Key = { userId: { S: userId }, sessionId: { S: sessionId } };
  await dynamo.send(new DeleteItemCommand({ TableName: env.TOKEN_CACHE_TABLE, Key }));
  return { statusCode: 200 };
}
