import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Job } from '../../domain/job.ts';
import type { TokenCache } from '../../domain/stores.ts';
import { stored, storedIf } from '../dynamo.ts';
import { EVERYONE, epochSeconds, FENCE, JOB_PREFIX } from './rows.ts';

type FencesAndJobs = Pick<TokenCache, 'raiseFence' | 'isFenced' | 'noteBegun' | 'noteDone'>;

/** What shares a user's partition with the sessions: the fence, and the jobs under way. */
export function dynamoFencesAndJobs(client: DynamoDBClient, table: string): FencesAndJobs {
  const keyOf = (job: Job) => ({
    userId: job.kind === 'revoke-user' ? job.userId : EVERYONE,
    sessionId: `${JOB_PREFIX}${job.revocationId}`,
  });
  return {
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

    async isFenced(userId, now, signal) {
      const command = new GetItemCommand({
        TableName: table,
        Key: marshall({ userId, sessionId: FENCE }),
        ConsistentRead: true,
      });
      const { Item } = await stored(signal, (options) => client.send(command, options));
      return Number(Item?.expiresAt?.N ?? 0) > epochSeconds(now);
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
