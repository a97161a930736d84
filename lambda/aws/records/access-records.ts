import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ACCESS_OVER } from '../../domain/access.ts';
import type { AccessRecords } from '../../domain/stores.ts';
import { stored, storedIf } from '../dynamo.ts';
import { accessItemRow, accessRow } from './access-rows.ts';
import { expiresAfter, HEADER } from './rows.ts';

/**
 * The grants that a removal takes away, and their restoration. One run at a time changes them: the header holds the time by
 * which that run must have ended.
 *
 * @param retentionDays - how long DynamoDB keeps a row after it was written
 */
export function dynamoAccessRecords(
  client: DynamoDBClient,
  table: string,
  retentionDays: number,
): AccessRecords {
  function update(
    revocationId: string,
    change: { expression: string; condition: string; values: Record<string, unknown> },
    names: Record<string, string> | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    const command = new UpdateItemCommand({
      TableName: table,
      Key: marshall({ revocationId, entry: HEADER }),
      UpdateExpression: change.expression,
      ConditionExpression: change.condition,
      ExpressionAttributeValues: marshall(change.values),
      ...(names && { ExpressionAttributeNames: names }),
    });
    return storedIf(signal, (options) => client.send(command, options));
  }

  return {
    beginAccess(revocationId, { until, status }, at, signal) {
      const free = 'attribute_not_exists(accessRunUntil) OR accessRunUntil <= :at';
      const values = { ':until': until.toISOString(), ':at': at.toISOString(), ':status': status };
      const names = { '#status': 'status' };
      if (status === 'RESTORING') {
        // Once access is restored, the user may obtain role sessions again, so `takenAt` must go.
        const expression = 'SET access.#status = :status, accessRunUntil = :until REMOVE access.takenAt';
        const condition = `attribute_exists(access) AND (${free})`;
        return update(revocationId, { expression, condition, values }, names, signal);
      }
      const expression = 'SET access.#status = :status, accessRunUntil = :until';
      const over = Object.fromEntries(ACCESS_OVER.map((each, n) => [`:over${n}`, each]));
      const isOver = `access.#status IN (${Object.keys(over).join(', ')})`;
      const condition = `attribute_exists(access) AND (${free}) AND NOT ${isOver}`;
      return update(revocationId, { expression, condition, values: { ...values, ...over } }, names, signal);
    },

    async endAccess(revocationId, { until }, access, signal) {
      const values = { ':access': accessRow(access), ':until': until.toISOString() };
      const expression = 'SET access = :access REMOVE accessRunUntil';
      await update(
        revocationId,
        { expression, condition: 'accessRunUntil = :until', values },
        undefined,
        signal,
      );
    },

    async putAccessItem(revocationId, item, signal) {
      const expiresAt = expiresAfter(retentionDays, item.at);
      const Item = marshall({ ...accessItemRow(revocationId, item), expiresAt });
      const command = new PutItemCommand({ TableName: table, Item });
      await stored(signal, (options) => client.send(command, options));
    },
  };
}
