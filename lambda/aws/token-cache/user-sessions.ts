import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import type { Job } from '../../domain/job.ts';
import type { SessionList, UserSessions } from '../../domain/stores.ts';
import { stored, storedIf, writeAll } from '../dynamo.ts';
import {
  EVERYONE,
  epochSeconds,
  FENCE,
  FIRST_SESSION,
  fromRow,
  JOB_PREFIX,
  LISTED_ATTRIBUTES,
  MetadataRow,
  toRow,
} from './session-rows.ts';

/** The part of the token cache in DynamoDB that ending a user's sessions needs. */
export function dynamoUserSessions(client: DynamoDBClient, table: string): UserSessions {
  const keyOf = (job: Job) => ({
    userId: job.kind === 'revoke-user' ? job.userId : EVERYONE,
    sessionId: `${JOB_PREFIX}${job.revocationId}`,
  });
  return {
    async held({ userId, sessionId }, signal) {
      const command = new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'userId = :userId AND sessionId = :sessionId',
        ExpressionAttributeValues: marshall({ ':userId': userId, ':sessionId': sessionId }),
        ConsistentRead: true,
      });
      const { Items } = await stored(signal, (options) => client.send(command, options));
      const item = Items?.[0];
      return item && fromRow(unmarshall(item));
    },

    async replace(session, signal) {
      const command = new PutItemCommand({
        TableName: table,
        Item: marshall(toRow(session)),
        ConditionExpression: 'attribute_exists(userId)',
      });
      await storedIf(signal, (options) => client.send(command, options));
    },

    async page(userId, page, signal) {
      const { Items } = await stored(signal, (options) =>
        client.send(sessionsOf(table, userId, page), options),
      );
      return (Items ?? []).map((item) => fromRow(unmarshall(item)));
    },

    async forgetAll(sessions, signal) {
      const requests = sessions.map(({ userId, sessionId }) => ({
        DeleteRequest: { Key: marshall({ userId, sessionId }) },
      }));
      await writeAll(client, table, requests, signal);
    },

    async raiseFence(userId, until, signal) {
      const expiresAt = epochSeconds(until);
      const command = new PutItemCommand({
        TableName: table,
        Item: marshall({ userId, sessionId: FENCE, expiresAt }),
        ConditionExpression: 'attribute_not_exists(userId) OR expiresAt < :expiresAt',
        ExpressionAttributeValues: marshall({ ':expiresAt': expiresAt }),
      });
      await storedIf(signal, (options) => client.send(command, options));
    },

    async noteBegun(job, at, signal) {
      const row = { ...keyOf(job), job: JSON.stringify(job), begunAt: at.toISOString() };
      const command = new PutItemCommand({ TableName: table, Item: marshall(row) });
      await stored(signal, (options) => client.send(command, options));
    },

    async noteDone(job, signal) {
      const command = new DeleteItemCommand({ TableName: table, Key: marshall(keyOf(job)) });
      await stored(signal, (options) => client.send(command, options));
    },
  };
}

/** The part that listing needs: it never asks for the ciphertext. */
export function dynamoSessionList(client: DynamoDBClient, table: string): SessionList {
  return {
    async list(userId, page, signal) {
      const command = sessionsOf(table, userId, page, LISTED_ATTRIBUTES);
      const { Items } = await stored(signal, (options) => client.send(command, options));
      return (Items ?? []).map((item) => v.parse(MetadataRow, unmarshall(item)));
    },
  };
}

function sessionsOf(
  table: string,
  userId: string,
  { limit, after }: { limit: number; after?: string | undefined },
  attributes?: string[],
): QueryCommand {
  const names = attributes?.map((name) => [`#${name}`, name] as const);
  return new QueryCommand({
    TableName: table,
    KeyConditionExpression: `userId = :userId AND sessionId ${after === undefined ? '>=' : '>'} :from`,
    ExpressionAttributeValues: marshall({ ':userId': userId, ':from': after ?? FIRST_SESSION }),
    ...(names && {
      Select: 'SPECIFIC_ATTRIBUTES',
      ProjectionExpression: names.map(([alias]) => alias).join(', '),
      ExpressionAttributeNames: Object.fromEntries(names),
    }),
    Limit: limit,
    ConsistentRead: true,
  });
}
