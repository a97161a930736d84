import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { WORD_STANDS } from '../../domain/cause.ts';
import { Job } from '../../domain/job.ts';
import type { BegunJob, TokenCache } from '../../domain/stores.ts';
import { queryAll, stored, storedIf } from '../dynamo.ts';
import { Instant } from '../row-values.ts';
import { EVERYONE, epochSeconds, fenceKey, JOBS, toFence } from './rows.ts';

type FencesAndJobs = Pick<
  TokenCache,
  | 'raiseFence'
  | 'fence'
  | 'loweredAt'
  | 'lowerFence'
  | 'noteBegun'
  | 'noteQueued'
  | 'noteDone'
  | 'noted'
  | 'begun'
>;

/** The row of a lowered fence stays this long. That is longer than any queue keeps a message that could raise the fence again. */
const LOWERED_MILLIS = 30 * 24 * 3_600_000;

const NoteRow = v.object({
  job: v.pipe(v.string(), v.parseJson(), Job),
  begunAt: Instant,
  queuedAt: v.exactOptional(Instant),
});

/** The fences of the users, and the jobs in progress. */
export function dynamoFencesAndJobs(client: DynamoDBClient, table: string): FencesAndJobs {
  async function fenceRow(userId: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const command = new GetItemCommand({
      TableName: table,
      Key: marshall(fenceKey(userId)),
      ConsistentRead: true,
    });
    const { Item } = await stored(signal, (options) => client.send(command, options));
    return Item ? unmarshall(Item) : {};
  }
  const partitionOf = (kind: Job['kind']) => (kind === 'revoke-user' ? JOBS : EVERYONE);
  const noteOf = (kind: Job['kind'], revocationId: string) =>
    marshall({ userId: partitionOf(kind), sessionId: revocationId });

  return {
    async raiseFence(userId, { until, coveredUntil, askedAt }, signal) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: marshall(fenceKey(userId)),
        UpdateExpression:
          'SET #until = :until, expiresAt = :expiresAt, coveredUntil = :covered, askedAt = :askedAt',
        ConditionExpression:
          '(attribute_not_exists(loweredAt) OR loweredAt < :askedAt) AND (attribute_not_exists(#until) OR #until < :until OR (attribute_exists(loweredAt) AND NOT askedAt > loweredAt))',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: marshall({
          ':until': until.getTime() / 1000,
          // The row also keeps `loweredAt`, so it must stay while a job from before `loweredAt` could raise a fence.
          ':expiresAt': epochSeconds(new Date(Math.max(until.getTime(), askedAt.getTime() + WORD_STANDS))),
          ':covered': coveredUntil.toISOString(),
          ':askedAt': askedAt.toISOString(),
        }),
      });
      await storedIf(signal, (options) => client.send(command, options));
    },

    async fence(userId, signal) {
      return toFence(await fenceRow(userId, signal));
    },

    async loweredAt(userId, signal) {
      const { success, output } = v.safeParse(Instant, (await fenceRow(userId, signal)).loweredAt);
      return success ? output : undefined;
    },

    async lowerFence(userId, { at, isNoted }, signal) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: marshall(fenceKey(userId)),
        UpdateExpression: 'SET loweredAt = :at, expiresAt = :expiresAt',
        ConditionExpression: `${isNoted ? '' : 'attribute_exists(userId) AND '}(attribute_not_exists(loweredAt) OR loweredAt < :at)`,
        ExpressionAttributeValues: marshall({
          ':at': at.toISOString(),
          ':expiresAt': epochSeconds(new Date(at.getTime() + LOWERED_MILLIS)),
        }),
        ReturnValues: 'ALL_OLD',
      });
      let stood = false;
      await storedIf(signal, async (options) => {
        const { Attributes = {} } = await client.send(command, options);
        const row = unmarshall(Attributes);
        const fence = toFence(row);
        stood = fence !== undefined && fence.until > at && String(row.askedAt ?? '') <= at.toISOString();
      });
      return stood;
    },

    async noteBegun(job, at, signal) {
      // An update, so that `queuedAt` stays: the job may be queued already.
      const command = new UpdateItemCommand({
        TableName: table,
        Key: noteOf(job.kind, job.revocationId),
        UpdateExpression: 'SET job = :job, begunAt = :at',
        ExpressionAttributeValues: marshall({ ':job': JSON.stringify(job), ':at': at.toISOString() }),
      });
      await stored(signal, (options) => client.send(command, options));
    },

    async noteQueued({ kind, revocationId }, at, signal) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: noteOf(kind, revocationId),
        UpdateExpression: 'SET queuedAt = :at',
        // A worker may have done the job already.
        ConditionExpression: 'attribute_exists(userId)',
        ExpressionAttributeValues: marshall({ ':at': at.toISOString() }),
      });
      await storedIf(signal, (options) => client.send(command, options));
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
      const [found] = (Items ?? []).flatMap((item) => toNote(kind, unmarshall(item)) ?? []);
      return found && { job: found.job, isQueued: found.queuedAt !== undefined };
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

function toBegun(kind: Job['kind'], row: Record<string, unknown>): BegunJob | undefined {
  const note = toNote(kind, row);
  return note && { job: note.job, at: note.begunAt };
}

/** Undefined if the row cannot be parsed, or is in the partition of another kind. Such a row must not hide the other jobs. */
function toNote(kind: Job['kind'], row: Record<string, unknown>): v.InferOutput<typeof NoteRow> | undefined {
  const { success, output } = v.safeParse(NoteRow, row);
  return success && output.job.kind === kind ? output : undefined;
}
