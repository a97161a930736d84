import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { Job } from '../../domain/job.ts';
import type { BegunJob, TokenCache } from '../../domain/stores.ts';
import { queryAll, stored, storedIf } from '../dynamo.ts';
import { Instant } from '../row-values.ts';
import { EVERYONE, epochSeconds, FENCE_PREFIX, JOBS } from './rows.ts';

type FencesAndJobs = Pick<
  TokenCache,
  'raiseFence' | 'fenceUntil' | 'lowerFence' | 'noteBegun' | 'noteDone' | 'noted' | 'begun'
>;

/** A fence that was lowered stays as a note, longer than any message that could raise it again is kept. */
const LOWERED_MILLIS = 30 * 24 * 3_600_000;

const NoteRow = v.object({
  job: v.pipe(v.string(), v.parseJson(), Job),
  begunAt: Instant,
});

/** The fences of the users, and the jobs under way. */
export function dynamoFencesAndJobs(client: DynamoDBClient, table: string): FencesAndJobs {
  const fenceOf = (userId: string) => ({
    userId: `${FENCE_PREFIX}${userId}`,
    sessionId: `${FENCE_PREFIX}${userId}`,
  });
  const partitionOf = (kind: Job['kind']) => (kind === 'revoke-user' ? JOBS : EVERYONE);
  const noteOf = (kind: Job['kind'], revocationId: string) =>
    marshall({ userId: partitionOf(kind), sessionId: revocationId });

  return {
    async raiseFence(userId, { until, askedAt }, signal) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: marshall(fenceOf(userId)),
        UpdateExpression: 'SET #until = :until, expiresAt = :until REMOVE loweredAt',
        ConditionExpression:
          'attribute_not_exists(userId) OR (attribute_not_exists(loweredAt) AND #until < :until) OR loweredAt < :askedAt',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: marshall({
          ':until': epochSeconds(until),
          ':askedAt': askedAt.toISOString(),
        }),
      });
      await storedIf(signal, (options) => client.send(command, options));
    },

    async fenceUntil(userId, signal) {
      const command = new GetItemCommand({
        TableName: table,
        Key: marshall(fenceOf(userId)),
        ConsistentRead: true,
      });
      const { Item } = await stored(signal, (options) => client.send(command, options));
      const until = Number(Item?.until?.N ?? 0);
      return until > 0 && !Item?.loweredAt ? new Date(until * 1000) : undefined;
    },

    async lowerFence(userId, at, signal) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: marshall(fenceOf(userId)),
        UpdateExpression: 'SET loweredAt = :at, expiresAt = :expiresAt',
        ExpressionAttributeValues: marshall({
          ':at': at.toISOString(),
          ':expiresAt': epochSeconds(new Date(at.getTime() + LOWERED_MILLIS)),
        }),
        ReturnValues: 'ALL_OLD',
      });
      const { Attributes } = await stored(signal, (options) => client.send(command, options));
      return Number(Attributes?.until?.N ?? 0) > epochSeconds(at) && !Attributes?.loweredAt;
    },

    async noteBegun(job, at, signal) {
      const key = { userId: partitionOf(job.kind), sessionId: job.revocationId };
      const row = { ...key, job: JSON.stringify(job), begunAt: at.toISOString() };
      const command = new PutItemCommand({ TableName: table, Item: marshall(row) });
      await stored(signal, (options) => client.send(command, options));
    },

    async noteDone({ kind, revocationId }, signal) {
      const command = new DeleteItemCommand({ TableName: table, Key: noteOf(kind, revocationId) });
      await stored(signal, (options) => client.send(command, options));
    },

    async noted(kind, revocationId, signal) {
      const command = new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'userId = :partition AND sessionId = :revocationId',
        ExpressionAttributeValues: marshall({
          ':partition': partitionOf(kind),
          ':revocationId': revocationId,
        }),
        ConsistentRead: true,
      });
      const { Items } = await stored(signal, (options) => client.send(command, options));
      return (Items ?? []).map((item) => toBegun(kind, unmarshall(item))?.job)[0];
    },

    async begun(signal) {
      const kinds: Job['kind'][] = ['revoke-user', 'revoke-everyone'];
      const found = await Promise.all(
        kinds.map(async (kind) => {
          const partition = { ':partition': partitionOf(kind) };
          const rows = await queryAll(client, table, 'userId = :partition', partition, signal);
          return rows.map((row) => toBegun(kind, row));
        }),
      );
      const all = found.flat();
      const jobs = all.filter((each) => each !== undefined);
      return { jobs, unreadable: all.length - jobs.length };
    },
  };
}

/** Undefined where it cannot be understood, or stands where jobs of its kind do not: one such row must not keep the others from being found. */
function toBegun(kind: Job['kind'], row: Record<string, unknown>): BegunJob | undefined {
  const note = v.safeParse(NoteRow, row);
  if (!note.success || note.output.job.kind !== kind) return undefined;
  return { job: note.output.job, at: note.output.begunAt };
}
