import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import type { SessionsPage, TokenCache } from '../../domain/stores.ts';
import { SESSION_INDEX } from '../../env.ts';
import { stored, storedIf, writeAll } from '../dynamo.ts';
import { fromRow, LISTED_ATTRIBUTES, MetadataRow, NAME_ATTRIBUTES, NameRow, toRow } from './rows.ts';

type Sessions = Pick<
  TokenCache,
  'find' | 'held' | 'hold' | 'replace' | 'page' | 'list' | 'userNameOf' | 'forget' | 'forgetAll'
>;

const Keys = v.object({ userId: v.string(), sessionId: v.string() });

/** The rows of the sessions. */
export function dynamoSessions(client: DynamoDBClient, table: string): Sessions {
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

    async hold(session, signal) {
      const put = (condition: string, values?: Record<string, unknown>) =>
        storedIf(signal, (options) => {
          const command = new PutItemCommand({
            TableName: table,
            Item: marshall(toRow(session), { removeUndefinedValues: true }),
            ConditionExpression: condition,
            ...(values && { ExpressionAttributeValues: marshall(values) }),
          });
          return client.send(command, options);
        });
      if (await put('attribute_not_exists(userId)')) return 'new';
      // Rows of earlier versions do not say whether they can be refreshed. They stay, too.
      await put('refreshable = :no', { ':no': false });
      return 'known';
    },

    async replace(session, signal) {
      const command = new PutItemCommand({
        TableName: table,
        Item: marshall(toRow(session), { removeUndefinedValues: true }),
        ConditionExpression: 'attribute_exists(userId)',
      });
      await storedIf(signal, (options) => client.send(command, options));
    },

    async page(userId, page, signal) {
      const rows = await sessionsOf(client, table, { userId, ...page }, signal);
      return rows.map(fromRow);
    },

    // IAM refuses the whole query if it asks for the ciphertext.
    async list(userId, page, signal) {
      const rows = await sessionsOf(
        client,
        table,
        { userId, ...page, attributes: LISTED_ATTRIBUTES },
        signal,
      );
      return rows.map((row) => v.parse(MetadataRow, row));
    },

    async userNameOf(userId, signal) {
      const wanted = { userId, limit: ROWS_READ_FOR_A_NAME, attributes: NAME_ATTRIBUTES };
      const rows = await sessionsOf(client, table, wanted, signal);
      return rows.map((row) => v.parse(NameRow, row).userName).find((name) => name !== undefined);
    },

    async forget({ userId, sessionId }, signal) {
      const command = new DeleteItemCommand({ TableName: table, Key: marshall({ userId, sessionId }) });
      await stored(signal, (options) => client.send(command, options));
    },

    async forgetAll(sessions, signal) {
      const requests = sessions.map(({ userId, sessionId }) => ({
        DeleteRequest: { Key: marshall({ userId, sessionId }) },
      }));
      await writeAll(client, table, requests, signal);
    },
  };
}

/** Several, because rows from before the stack recorded names have no name. */
const ROWS_READ_FOR_A_NAME = 25;

/** Sorts before every session id, and after the other rows that earlier versions wrote into a user's partition. */
const BEFORE_SESSIONS = '#~';

interface Wanted extends SessionsPage {
  userId: string;
  /** All attributes if absent. */
  attributes?: string[];
}

/**
 * Reads a full page if there are enough rows: callers take a shorter page for the last one. DynamoDB answers at most 1 MB at once,
 * and counts the attributes that it leaves out.
 */
async function sessionsOf(
  client: DynamoDBClient,
  table: string,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  let next: Record<string, AttributeValue> | undefined;
  do {
    const command = sessionsQuery(table, wanted, wanted.limit - rows.length, next);
    const { Items, LastEvaluatedKey } = await stored(signal, (options) => client.send(command, options));
    rows.push(...(Items ?? []).map((item) => unmarshall(item)));
    next = LastEvaluatedKey;
  } while (next && rows.length < wanted.limit);
  return rows;
}

function sessionsQuery(
  table: string,
  { userId, after, attributes }: Wanted,
  limit: number,
  from: Record<string, AttributeValue> | undefined,
): QueryCommand {
  const names = attributes?.map((name) => [`#${name}`, name] as const);
  return new QueryCommand({
    TableName: table,
    KeyConditionExpression: 'userId = :userId AND sessionId > :after',
    ExpressionAttributeValues: marshall({ ':userId': userId, ':after': after ?? BEFORE_SESSIONS }),
    ...(names && {
      Select: 'SPECIFIC_ATTRIBUTES',
      ProjectionExpression: names.map(([alias]) => alias).join(', '),
      ExpressionAttributeNames: Object.fromEntries(names),
    }),
    ExclusiveStartKey: from,
    Limit: limit,
    ConsistentRead: true,
  });
}
