import { env } from 'node:process';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { LogoutCommand, SSOClient } from '@aws-sdk/client-sso';
import middy from '@middy/core';
import jsonBodyParser from '@middy/http-json-body-parser';
import { z } from 'zod';

/** Does what `revoke.ts` does, as it is commonly written: with a schema of zod, and traced clients with the SDK's defaults. */

const tracer = new Tracer();
const sso = tracer.captureAWSv3Client(new SSOClient({}));
const dynamo = tracer.captureAWSv3Client(new DynamoDBClient({}));

const Body = z.object({ accessToken: z.string(), userId: z.string(), sessionId: z.string() });

export const handler = middy()
  .use(captureLambdaHandler(tracer))
  .use(jsonBodyParser())
  .handler(async ({ body }) => {
    const { accessToken, userId, sessionId } = Body.parse(body);
    await sso.send(new LogoutCommand({ accessToken }));
    const item = {
      revocationId: { S: sessionId },
      entry: { S: 'REVOCATION' },
      at: { S: new Date().toISOString() },
    };
    await dynamo.send(new PutItemCommand({ TableName: env.REVOCATIONS_TABLE, Item: item }));
    const Key = { userId: { S: userId }, sessionId: { S: sessionId } };
    await dynamo.send(new DeleteItemCommand({ TableName: env.TOKEN_CACHE_TABLE, Key }));
    return { statusCode: 200 };
  });
