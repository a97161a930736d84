import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { replaceableBy, type SessionOutcome } from '../../domain/revocation.ts';
import type { RevocationRecords } from '../../domain/stores.ts';
import { storedIf } from '../dynamo.ts';
import { dynamoAmendments } from './amend.ts';
import { dynamoRevocationReader } from './reader.ts';
import { expiresAfter, headerRow, keyRow, outcomeRow, shareRow } from './rows.ts';

/**
 * The revocation records in DynamoDB. Conditions guard them: otherwise two concurrent calls could replace a better outcome.
 *
 * @param retentionDays - how long after it was written DynamoDB keeps a row
 */
export function dynamoRevocationRecords(
  client: DynamoDBClient,
  table: string,
  retentionDays: number,
): RevocationRecords {
  const reader = dynamoRevocationReader(client, table);
  const { read } = reader;

  /** @returns false when a row is there already and does not meet `unless` */
  function putUnlessThere(
    row: object,
    at: Date,
    signal: AbortSignal,
    unless?: { expression: string; values: Record<string, unknown> },
  ): Promise<boolean> {
    const expiresAt = expiresAfter(retentionDays, at);
    const command = new PutItemCommand({
      TableName: table,
      Item: marshall({ ...row, expiresAt }),
      ConditionExpression: `attribute_not_exists(revocationId)${unless ? ` OR ${unless.expression}` : ''}`,
      ...(unless && { ExpressionAttributeValues: marshall(unless.values) }),
    });
    return storedIf(signal, (options) => client.send(command, options));
  }

  /** @returns false when one as good or better is there */
  function isRecorded(revocationId: string, outcome: SessionOutcome, signal: AbortSignal): Promise<boolean> {
    const worse = replaceableBy(outcome.outcome).map((each, i) => [`:worse${i}`, each]);
    const expression = `outcome IN (${worse.map(([name]) => name)})`;
    const unless = { expression, values: Object.fromEntries(worse) };
    return putUnlessThere(outcomeRow(revocationId, outcome), outcome.at, signal, unless);
  }

  return {
    ...reader,
    ...dynamoAmendments(client, table),

    async putHeader(header, signal) {
      if (await putUnlessThere(headerRow(header), header.requestedAt, signal)) return header;
      return (await read(header.revocationId, signal)).header ?? header;
    },

    async putOutcomes(revocationId, outcomes, signal) {
      // Side by side, not in a batch: the permission for batches also allows deleting (docs/facts.md § DynamoDB).
      await Promise.all(outcomes.map((outcome) => isRecorded(revocationId, outcome, signal)));
    },

    async putOutcome(revocationId, outcome, signal) {
      if (await isRecorded(revocationId, outcome, signal)) return outcome;
      const { outcomes } = await read(revocationId, signal);
      return outcomes.find(({ sessionId }) => sessionId === outcome.sessionId) ?? outcome;
    },

    async claimKey(keyId, claim, since, signal) {
      const row = keyRow(keyId, claim);
      const expired = { expression: 'claimedAt <= :since', values: { ':since': since.toISOString() } };
      if (await putUnlessThere(row, claim.at, signal, expired)) return claim;
      return (await reader.keyClaim(keyId, signal)) ?? claim;
    },

    async putUserShare(revocationId, share, signal) {
      const notDone = { expression: 'done = :false', values: { ':false': false } };
      await putUnlessThere(shareRow(revocationId, share), share.at, signal, notDone);
    },
  };
}
