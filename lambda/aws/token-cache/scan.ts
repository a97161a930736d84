import { type DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { Job } from '../../domain/job.ts';
import type { TokenCache, UserFound } from '../../domain/stores.ts';
import { fromCursor, stored, toCursor } from '../dynamo.ts';
import { EpochSeconds, Instant } from '../row-values.ts';
import { FENCE, JOB_PREFIX, LONG_AGO, SCANNED_ATTRIBUTES, SWEEP } from './rows.ts';

/** Rows of a scan's page: as many users at the most, so that a page fits into the time of one invocation. */
const PAGE = 100;
const CURSOR = { userId: SWEEP, sessionId: '#CURSOR' };

const Row = v.object({
  userId: v.string(),
  sessionId: v.string(),
  registeredAt: v.fallback(Instant, LONG_AGO),
  expiresAt: v.fallback(EpochSeconds, LONG_AGO),
  job: v.exactOptional(v.string()),
  begunAt: v.fallback(Instant, LONG_AGO),
});
type Row = v.InferOutput<typeof Row>;

const JobText = v.pipe(v.string(), v.parseJson(), Job);

type Scan = Pick<TokenCache, 'scan' | 'readSweepCursor' | 'writeSweepCursor'>;

/** Reads the token cache from end to end, keys and jobs only; the sweep's place in it is a row of its own. */
export function dynamoScan(client: DynamoDBClient, table: string): Scan {
  return {
    async scan(cursor, signal) {
      const command = new ScanCommand({
        TableName: table,
        Select: 'SPECIFIC_ATTRIBUTES',
        ProjectionExpression: SCANNED_ATTRIBUTES.join(', '),
        ExclusiveStartKey:
          cursor === undefined ? undefined : marshall(fromCursor(cursor, { userId: '', sessionId: '' })),
        Limit: PAGE,
        ConsistentRead: true,
      });
      const { Items, LastEvaluatedKey } = await stored(signal, (options) => client.send(command, options));
      const rows = (Items ?? []).map((item) => v.parse(Row, unmarshall(item)));
      const noted = rows.filter(({ sessionId }) => sessionId.startsWith(JOB_PREFIX));
      const begun = noted.flatMap((row) => toBegun(row) ?? []);
      const next = toCursor(LastEvaluatedKey);
      return {
        users: usersIn(rows.filter(({ sessionId }) => !sessionId.startsWith('#'))),
        fences: rows
          .filter(({ sessionId }) => sessionId === FENCE)
          .map(({ userId, expiresAt }) => ({ userId, until: expiresAt })),
        begun,
        unreadable: noted.length - begun.length,
        ...(next !== undefined && { next }),
      };
    },

    async readSweepCursor(signal) {
      const command = new GetItemCommand({ TableName: table, Key: marshall(CURSOR), ConsistentRead: true });
      const { Item } = await stored(signal, (options) => client.send(command, options));
      return Item?.cursor?.S;
    },

    async writeSweepCursor(cursor, signal) {
      const row = { ...CURSOR, ...(cursor !== undefined && { cursor }) };
      const command = new PutItemCommand({ TableName: table, Item: marshall(row) });
      await stored(signal, (options) => client.send(command, options));
    },
  };
}

/** Undefined where it cannot be understood: one such row must not keep the scan from the others. */
function toBegun({ job, begunAt }: Row): { job: Job; at: Date } | undefined {
  const parsed = v.safeParse(JobText, job);
  return parsed.success ? { job: parsed.output, at: begunAt } : undefined;
}

function usersIn(rows: Row[]): UserFound[] {
  const users = Map.groupBy(rows, ({ userId }) => userId);
  return [...users].map(([userId, own]) => {
    const since = new Date(Math.min(...own.map(({ registeredAt }) => registeredAt.getTime())));
    return { userId, sessions: own.length, since };
  });
}
