import {
  type AttributeValue,
  type DynamoDBClient,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { CAUSES } from '../../domain/cause.ts';
import { type DenyEntry, EVERYONE, MAX_EXCEPTED, SETTLED } from '../../domain/denial.ts';
import { USER_ID } from '../../domain/ids.ts';
import type { DenyList } from '../../domain/stores.ts';
import { stored, storedIf } from '../dynamo.ts';
import { Assignment, Instant } from '../row-values.ts';
import { epochSeconds } from '../token-cache/rows.ts';

/** The id becomes part of a policy, so it is checked, whatever wrote it. */
const Id = v.pipe(v.string(), v.regex(USER_ID));

const common = {
  revocationId: v.string(),
  askedAt: v.exactOptional(Instant),
  denyUntil: Instant,
  deniedAt: v.exactOptional(Instant),
  liftedAt: v.exactOptional(Instant),
  liftedBy: v.exactOptional(v.string()),
  liftedReason: v.exactOptional(v.string()),
  letGoAt: v.exactOptional(Instant),
  deniedIssuedBefore: v.exactOptional(Instant),
  settled: v.exactOptional(v.picklist(SETTLED)),
  settledVersion: v.exactOptional(v.string()),
};

/**
 * A denial of everyone must have a cutoff: without one, nobody could do anything any more. An ended assignment must have one, too.
 * Its own cause keeps a version that does not know it from taking the row for the denial of a whole user.
 */
const Row = v.union([
  v.object({
    ...common,
    userId: Id,
    cause: v.exactOptional(v.picklist(CAUSES)),
    issuedBefore: v.exactOptional(Instant),
    assignment: v.exactOptional(v.never()),
  }),
  v.object({
    ...common,
    userId: Id,
    cause: v.literal('assignment-ended'),
    issuedBefore: Instant,
    assignment: Assignment,
  }),
  v.object({
    ...common,
    userId: v.literal(EVERYONE),
    cause: v.exactOptional(v.picklist(CAUSES)),
    issuedBefore: Instant,
    excepted: v.pipe(v.array(Id), v.maxLength(MAX_EXCEPTED)),
  }),
]);

/** The times that the reconciler notes. `settle` removes a time that is not noted any more. */
const NOTED_TIMES = ['deniedAt', 'letGoAt', 'deniedIssuedBefore'] as const;

/** How long a lifted row is kept: longer than any message that could enter the denial again. */
const LIFTED_MILLIS = 30 * 24 * 3_600_000;

/**
 * The deny list in DynamoDB. Nothing here deletes a row: a lifted row keeps a redelivered event from entering the denial again.
 * The table's TTL removes the rows whose time is over.
 */
export function dynamoDenyList(client: DynamoDBClient, table: string): DenyList {
  /** Changes nothing if the condition does not hold. */
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
    async enter({ issuedBefore, until, cause, askedAt, except, assignment, ...key }, signal) {
      const values = {
        ':until': until.toISOString(),
        ':expiresAt': epochSeconds(until),
        ...(cause && { ':cause': cause }),
        ...(askedAt && { ':askedAt': askedAt.toISOString() }),
        ...(except && { ':except': except }),
        ...(issuedBefore && { ':before': issuedBefore.toISOString() }),
        ...(assignment && { ':assignment': assignment }),
      };
      const stands = 'attribute_not_exists(liftedAt) AND attribute_not_exists(shortened)';
      const condition = `attribute_not_exists(userId) OR (${stands} AND denyUntil < :until)`;
      const set = ['denyUntil = :until', 'expiresAt = :expiresAt'];
      if (cause) set.push('cause = :cause');
      if (askedAt) set.push('askedAt = :askedAt');
      // `except` is a reserved word of DynamoDB.
      if (except) set.push('excepted = :except');
      if (assignment) set.push('assignment = :assignment');
      // If a sign-out turns out to be a removal, the cutoff is removed, because a removal denies everything.
      const cutoff = issuedBefore ? ', issuedBefore = :before' : ' REMOVE issuedBefore';
      await update(key, { expression: `SET ${set.join(', ')}${cutoff}`, condition, values }, signal);
    },

    async shorten({ until, ...key }, signal) {
      const values = { ':until': until.toISOString(), ':expiresAt': epochSeconds(until), ':true': true };
      const condition = 'attribute_not_exists(liftedAt) AND denyUntil > :until';
      // Without `shortened`, a removal that begins again at the same time would make the denial as long as before.
      const expression = 'SET denyUntil = :until, expiresAt = :expiresAt, shortened = :true';
      await update(key, { expression, condition, values }, signal);
    },

    async entriesOf(userId, signal) {
      const command = new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'userId = :userId',
        ExpressionAttributeValues: marshall({ ':userId': userId }),
        ConsistentRead: true,
      });
      const { Items } = await stored(signal, (options) => client.send(command, options));
      return (Items ?? []).flatMap((item) => toEntry(item) ?? []);
    },

    async lift(entry, { at, by, reason }, signal) {
      const expiresAt = epochSeconds(new Date(at.getTime() + LIFTED_MILLIS));
      const why = reason !== undefined && { ':reason': reason };
      const values = { ':at': at.toISOString(), ':by': by, ':expiresAt': expiresAt, ...why };
      const condition = 'attribute_exists(userId) AND attribute_not_exists(liftedAt)';
      const expression = `SET liftedAt = :at, liftedBy = :by, expiresAt = :expiresAt${why ? ', liftedReason = :reason' : ''}`;
      await update(entry, { expression, condition, values }, signal);
    },

    async entries(signal) {
      const entries: DenyEntry[] = [];
      let unreadable = 0;
      let next: Record<string, AttributeValue> | undefined;
      do {
        const command = new ScanCommand({ TableName: table, ConsistentRead: true, ExclusiveStartKey: next });
        const page = await stored(signal, (options) => client.send(command, options));
        const found = (page.Items ?? []).map(toEntry);
        entries.push(...found.filter((entry) => entry !== undefined));
        unreadable += found.filter((entry) => entry === undefined).length;
        next = page.LastEvaluatedKey;
      } while (next);
      return { entries, unreadable };
    },

    async settle(entry, { settled, ...noted }, signal) {
      const times = Object.fromEntries(
        NOTED_TIMES.flatMap((name) => (noted[name] ? [[name, noted[name].toISOString()]] : [])),
      );
      const set = { settled, settledVersion: versionOf(entry), ...times };
      const assignments = Object.keys(set).map((name) => `${name} = :${name}`);
      const removed = NOTED_TIMES.filter((name) => !(name in times));
      const expression = `SET ${assignments.join(', ')}${removed.length > 0 ? ` REMOVE ${removed.join(', ')}` : ''}`;
      const values = Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value]));
      await update(entry, { expression, condition: 'attribute_exists(userId)', values }, signal);
    },
  };
}

/** What revocations and lifting change in an entry. If it differs from the noted version, the entry is not settled any more. */
function versionOf({ until, lifted }: Pick<DenyEntry, 'until' | 'lifted'>): string {
  return `${until.toISOString()}${lifted ? ' lifted' : ''}`;
}

/** Undefined if the row cannot be parsed: it must not keep the others from being denied. */
function toEntry(item: Record<string, AttributeValue>): DenyEntry | undefined {
  const row = v.safeParse(Row, unmarshall(item));
  if (!row.success) return undefined;
  const { denyUntil, liftedAt, liftedBy, liftedReason, settled, settledVersion, ...rest } = row.output;
  const { excepted, ...others } = 'excepted' in rest ? rest : { ...rest, excepted: undefined };
  const why = liftedReason === undefined ? {} : { reason: liftedReason };
  const entry = {
    ...others,
    ...(excepted && { except: excepted }),
    until: denyUntil,
    ...(liftedAt && { lifted: { at: liftedAt, by: liftedBy ?? '', ...why } }),
  };
  return { ...entry, ...(settled && settledVersion === versionOf(entry) && { settled }) };
}
