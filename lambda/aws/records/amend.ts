import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { DomainError } from '../../domain/errors.ts';
import type { RevocationRecords } from '../../domain/stores.ts';
import { storedIf } from '../dynamo.ts';
import { accessRow } from './access-rows.ts';
import { deniedRow, HEADER } from './rows.ts';

/** Adds to an existing header: its completion, that it is a removal, and the state of the denial. */
export function dynamoAmendments(
  client: DynamoDBClient,
  table: string,
): Pick<RevocationRecords, 'complete' | 'noteRemoved' | 'putDenied'> {
  /** @returns false if there is no such header */
  function amend(
    revocationId: string,
    expression: string,
    values: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const command = new UpdateItemCommand({
      TableName: table,
      Key: marshall({ revocationId, entry: HEADER }),
      UpdateExpression: expression,
      ConditionExpression: 'attribute_exists(revocationId)',
      ExpressionAttributeValues: marshall(values),
    });
    return storedIf(signal, (options) => client.send(command, options));
  }

  return {
    async complete(revocationId, { at, sessions }, signal) {
      const expression =
        'SET completedAt = if_not_exists(completedAt, :at), sessions = if_not_exists(sessions, :sessions)';
      const values = { ':at': at.toISOString(), ':sessions': sessions };
      if (await amend(revocationId, expression, values, signal)) return;
      throw new DomainError('store-unavailable', 'The revocation to complete has no header yet.');
    },

    async noteRemoved(revocationId, { at, access }, signal) {
      const asked = access ? ', access = if_not_exists(access, :access)' : '';
      const expression = `SET removedAt = if_not_exists(removedAt, :at)${asked}`;
      const values = { ':at': at.toISOString(), ...(access && { ':access': accessRow(access) }) };
      await amend(revocationId, expression, values, signal);
    },

    putDenied(revocationId, denied, signal) {
      return amend(revocationId, 'SET denied = :denied', { ':denied': deniedRow(denied) }, signal);
    },
  };
}
