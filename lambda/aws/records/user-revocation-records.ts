import {
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { DomainError } from '../../domain/errors.ts';
import type { DenialRecords, RevocationIndex, UserRevocationRecords } from '../../domain/stores.ts';
import { USER_INDEX } from '../../env.ts';
import { fromCursor, stored, storedIf, toCursor } from '../dynamo.ts';
import { dynamoRevocationRecords, expiryAfter } from './revocation-records.ts';
import { deniedRow, HEADER, shareRow, toHeader } from './revocation-rows.ts';

/** The revocation records in DynamoDB with what ending a user's sessions, or everyone's, writes besides. */
export function dynamoUserRevocationRecords(
  client: DynamoDBClient,
  table: string,
  retentionDays: number,
): UserRevocationRecords {
  const records = dynamoRevocationRecords(client, table, retentionDays);
  return {
    ...records,

    async complete(revocationId, { at, sessions }, signal) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: marshall({ revocationId, entry: HEADER }),
        UpdateExpression:
          'SET completedAt = if_not_exists(completedAt, :at), sessions = if_not_exists(sessions, :sessions)',
        ConditionExpression: 'attribute_exists(revocationId)',
        ExpressionAttributeValues: marshall({ ':at': at.toISOString(), ':sessions': sessions }),
      });
      const isThere = await storedIf(signal, (options) => client.send(command, options));
      if (!isThere)
        throw new DomainError('store-unavailable', 'The revocation to complete has no header yet.');
    },

    async putUserShare(revocationId, share, signal) {
      const command = new PutItemCommand({
        TableName: table,
        Item: marshall({ ...shareRow(revocationId, share), expiresAt: expiryAfter(share.at, retentionDays) }),
        ConditionExpression: 'attribute_not_exists(revocationId) OR done = :false',
        ExpressionAttributeValues: marshall({ ':false': false }),
      });
      await storedIf(signal, (options) => client.send(command, options));
    },
  };
}

/** What became of the denials that revocations asked for, in the headers of the revocations. */
export function dynamoDenialRecords(client: DynamoDBClient, table: string): DenialRecords {
  return {
    putDenied(revocationId, denied, signal) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: marshall({ revocationId, entry: HEADER }),
        UpdateExpression: 'SET denied = :denied',
        ConditionExpression: 'attribute_exists(revocationId)',
        ExpressionAttributeValues: marshall({ ':denied': deniedRow(denied) }),
      });
      return storedIf(signal, (options) => client.send(command, options));
    },
  };
}

/** The index of the revocations by user and time. */
export function dynamoRevocationIndex(client: DynamoDBClient, table: string): RevocationIndex {
  return {
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
