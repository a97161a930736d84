import {
  type AttributeValue,
  type DynamoDBClient,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import type { DenyEntry } from '../domain/deny-list.ts';
import type { DenyList, DenyListLifting, DenyListState } from '../domain/stores.ts';
import { stored, storedIf } from './dynamo.ts';
import { Instant } from './row-values.ts';
import { epochSeconds } from './session-rows.ts';

const Row = v.object({
  userId: v.string(),
  revocationId: v.string(),
  issuedBefore: v.exactOptional(Instant),
  denyUntil: Instant,
  deniedAt: v.exactOptional(Instant),
  liftedAt: v.exactOptional(Instant),
  liftedBy: v.exactOptional(v.string()),
  settled: v.exactOptional(v.picklist(['denied', 'no-room', 'lifted'])),
});

/**
 * The deny list in DynamoDB. No row is deleted before its time: one that was lifted keeps a redelivered event from
 * entering it again, and the table's time to live removes it when it is over.
 */
export function dynamoDenyList(
  client: DynamoDBClient,
  table: string,
): DenyList & DenyListLifting & DenyListState {
  /** @returns without a change when the condition does not hold */
  async function update(
    { userId, revocationId }: Pick<DenyEntry, 'userId' | 'revocationId'>,
    change: { expression: string; condition: string; values: Record<string, unknown> },
    signal: AbortSignal,
  ): Promise<void> {
    const command = new UpdateItemCommand({
      TableName: table,
      Key: marshall({ userId, revocationId }),
      UpdateExpression: change.expression,
      ConditionExpression: change.condition,
      ExpressionAttributeValues: marshall(change.values),
    });
    await storedIf(signal, (options) => client.send(command, options));
  }

  return {
    async enter({ issuedBefore, until, ...key }, signal) {
      const values = { ':until': until.toISOString(), ':expiresAt': epochSeconds(until) };
      const condition =
        'attribute_not_exists(userId) OR (attribute_not_exists(liftedAt) AND denyUntil < :until)';
      const set = `SET denyUntil = :until, expiresAt = :expiresAt${issuedBefore ? ', issuedBefore = :before' : ''}`;
      const before = issuedBefore && { ':before': issuedBefore.toISOString() };
      const change = { expression: `${set} REMOVE settled`, condition, values: { ...values, ...before } };
      await update(key, change, signal);
    },

    async entriesOf(userId, signal) {
      const command = new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'userId = :userId',
        ExpressionAttributeValues: marshall({ ':userId': userId }),
        ConsistentRead: true,
      });
      const { Items } = await stored(signal, (options) => client.send(command, options));
      return (Items ?? []).map(toEntry);
    },

    async lift(entry, { at, by }, signal) {
      const values = { ':at': at.toISOString(), ':by': by };
      const condition = 'attribute_exists(userId) AND attribute_not_exists(liftedAt)';
      const expression = 'SET liftedAt = :at, liftedBy = :by REMOVE settled';
      await update(entry, { expression, condition, values }, signal);
    },

    async entries(signal) {
      const entries: DenyEntry[] = [];
      let next: Record<string, AttributeValue> | undefined;
      do {
        const command = new ScanCommand({ TableName: table, ConsistentRead: true, ExclusiveStartKey: next });
        const page = await stored(signal, (options) => client.send(command, options));
        entries.push(...(page.Items ?? []).map(toEntry));
        next = page.LastEvaluatedKey;
      } while (next);
      return entries;
    },

    async settle(entry, { settled, deniedAt }, signal) {
      const isSame = entry.lifted ? 'attribute_exists(liftedAt)' : 'attribute_not_exists(liftedAt)';
      const expression = `SET settled = :settled${deniedAt ? ', deniedAt = :deniedAt' : ''}`;
      const values = {
        ':settled': settled,
        ':until': entry.until.toISOString(),
        ...(deniedAt && { ':deniedAt': deniedAt.toISOString() }),
      };
      await update(entry, { expression, condition: `denyUntil = :until AND ${isSame}`, values }, signal);
    },
  };
}

function toEntry(item: Record<string, AttributeValue>): DenyEntry {
  const { denyUntil, liftedAt, liftedBy, ...entry } = v.parse(Row, unmarshall(item));
  return { ...entry, until: denyUntil, ...(liftedAt && { lifted: { at: liftedAt, by: liftedBy ?? '' } }) };
}
