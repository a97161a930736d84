import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  QueryCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { DomainError } from '../domain/errors.ts';
import { within } from './clients.ts';
import { failureOf } from './failure.ts';

/** DynamoDB's limits for one call, and the field of its answer with the unprocessed items. */
const WRITING = { atOnce: 25, undone: 'UnprocessedItems' } as const;
const READING = { atOnce: 100, undone: 'UnprocessedKeys' } as const;
/** Waits before a batch's unprocessed items are retried, in milliseconds. */
const PAUSES = [50, 100, 200, 400, 800];

/** Runs a call to one of our tables. @throws DomainError `store-unavailable` if it fails for any reason. */
export async function stored<T>(
  signal: AbortSignal,
  call: (options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  try {
    return await within(signal, call);
  } catch (error) {
    throw unavailable(error);
  }
}

/** Runs a conditional write. @returns false if its condition does not hold. @throws DomainError `store-unavailable` */
export async function storedIf(
  signal: AbortSignal,
  call: (options: { abortSignal: AbortSignal }) => Promise<unknown>,
): Promise<boolean> {
  try {
    await within(signal, call);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw unavailable(error);
  }
}

/** Writes or deletes any number of items, whatever was there. @throws DomainError `store-unavailable` */
export async function writeAll(
  client: DynamoDBClient,
  table: string,
  requests: WriteRequest[],
  signal: AbortSignal,
): Promise<void> {
  await inBatches(requests, WRITING, signal, async (some) => {
    const command = new BatchWriteItemCommand({ RequestItems: { [table]: some } });
    const { UnprocessedItems } = await stored(signal, (options) => client.send(command, options));
    return UnprocessedItems?.[table];
  });
}

/** The existing items of these keys, in any order; eventually consistent. @throws DomainError `store-unavailable` */
export async function getAll(
  client: DynamoDBClient,
  table: string,
  keys: object[],
  signal: AbortSignal,
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  const marshalled = keys.map((key) => marshall(key));
  await inBatches(marshalled, READING, signal, async (some) => {
    const command = new BatchGetItemCommand({ RequestItems: { [table]: { Keys: some } } });
    const page = await stored(signal, (options) => client.send(command, options));
    rows.push(...(page.Responses?.[table] ?? []).map((item) => unmarshall(item)));
    return page.UnprocessedKeys?.[table]?.Keys;
  });
  return rows;
}

/**
 * Sends items in batches, and retries the unprocessed items of each batch.
 *
 * @param send - returns the unprocessed items
 * @throws DomainError `store-unavailable` if items stay unprocessed after the last retry
 */
async function inBatches<T>(
  items: T[],
  { atOnce, undone }: typeof WRITING | typeof READING,
  signal: AbortSignal,
  send: (some: T[]) => Promise<T[] | undefined>,
): Promise<void> {
  for (let start = 0; start < items.length; start += atOnce) {
    let left = items.slice(start, start + atOnce);
    for (const pause of PAUSES) {
      left = (await send(left)) ?? [];
      if (left.length === 0) break;
      await stored(signal, ({ abortSignal }) => sleep(pause, undefined, { signal: abortSignal }));
    }
    if (left.length > 0) throw unavailable({ name: undone });
  }
}

/** All items of a query on the table, page by page, strongly consistent. @throws DomainError `store-unavailable` */
export async function queryAll(
  client: DynamoDBClient,
  table: string,
  condition: string,
  values: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  let next: Record<string, AttributeValue> | undefined;
  do {
    const command = new QueryCommand({
      TableName: table,
      KeyConditionExpression: condition,
      ExpressionAttributeValues: marshall(values),
      ConsistentRead: true,
      ExclusiveStartKey: next,
    });
    const page = await stored(signal, (options) => client.send(command, options));
    rows.push(...(page.Items ?? []).map((item) => unmarshall(item)));
    next = page.LastEvaluatedKey;
  } while (next);
  return rows;
}

/** An opaque cursor made from the key of the last item read. */
export function toCursor(key: Record<string, AttributeValue> | undefined): string | undefined {
  return key && Buffer.from(JSON.stringify(unmarshall(key))).toString('base64url');
}

/** DynamoDB's limit for a sort key. */
const MAX_KEY_LENGTH = 1_024;
const CursorKey = v.record(v.string(), v.pipe(v.string(), v.nonEmpty(), v.maxLength(MAX_KEY_LENGTH)));

/**
 * @param shape - the attributes of the key. If one has a value here, the cursor must have the same value
 * @throws DomainError `cursor-invalid`: it was not made by `toCursor` for such a key
 */
export function fromCursor(cursor: string, shape: Record<string, string>): Record<string, string> {
  try {
    const key = v.parse(CursorKey, JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    const names = Object.keys(shape);
    const fits = names.every((name) => (shape[name] ? key[name] === shape[name] : name in key));
    if (fits && Object.keys(key).length === names.length) return key;
  } catch {
    // The error is thrown below.
  }
  throw new DomainError('cursor-invalid', 'cursor must be the nextCursor of the page before.');
}

function unavailable(error: unknown): DomainError {
  return new DomainError(
    'store-unavailable',
    'The records cannot be reached. Send the same request again.',
    failureOf(error),
  );
}
