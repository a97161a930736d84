import { isDeepStrictEqual } from 'node:util';

/** A row, in the JSON of DynamoDB's API. */
export type Row = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Index {
  /** Without all of these, a row is not in the index. */
  readonly keys: readonly string[];
  /** What the index stores; everything if absent. */
  readonly attributes?: readonly string[];
}

/**
 * The write units that a change of a row costs in its indexes, by the rules of docs/facts.md § DynamoDB. Neither dynalite nor
 * the table's own units count them.
 *
 * @param before - Undefined if there was no such row.
 * @param after - Undefined if there is none any more.
 */
export function indexWriteUnits(
  indexes: readonly Index[],
  before: Row | undefined,
  after: Row | undefined,
): number {
  return indexes.reduce((sum, index) => {
    const [old, entry] = [entryOf(index, before), entryOf(index, after)];
    if (isDeepStrictEqual(old, entry)) return sum;
    const isMoved = old && entry && index.keys.some((key) => !isDeepStrictEqual(old[key], entry[key]));
    const [deleted, put] = [unitsOf(old), unitsOf(entry)];
    return sum + (isMoved ? deleted + put : Math.max(deleted, put));
  }, 0);
}

function entryOf({ keys, attributes }: Index, row: Row | undefined): Row | undefined {
  if (!row || keys.some((key) => row[key] === undefined)) return undefined;
  if (!attributes) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => attributes.includes(name)));
}

/** One for each KB that has begun; nothing for an entry that is not there. Its JSON is a little longer than what AWS counts. */
function unitsOf(entry: Row | undefined): number {
  return entry ? Math.ceil(Buffer.byteLength(JSON.stringify(entry)) / 1024) : 0;
}
