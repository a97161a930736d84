import { ACCOUNT_ID } from '../ground/account.ts';
import { type Context, type Input, type Need, type Place, present } from './call-need.ts';

/** Parameters that hold expressions. The legacy parameters that expressions replaced are ignored. */
const EXPRESSIONS = [
  'ProjectionExpression',
  'KeyConditionExpression',
  'FilterExpression',
  'ConditionExpression',
  'UpdateExpression',
];
const KEYWORDS = ['and', 'or', 'not', 'between', 'in', 'set', 'remove', 'add', 'delete'];

/** The permissions that DynamoDB checks: the action on each table, or only on the index. Batch operations have actions of their own. */
export function dynamoDbNeeds(operation: string, input: Input, place: Place): Need[] {
  const action = `dynamodb:${operation}`;
  if (input.RequestItems === undefined) return [needOf(action, String(input.TableName), [input], place)];
  return Object.entries(Object(input.RequestItems)).map(([table, requests]) =>
    needOf(action, table, [requests].flat().map(itemRequest), place),
  );
}

/** Turns one request of a BatchWriteItem into a request of its own. */
function itemRequest(request: unknown): Input {
  const { PutRequest, DeleteRequest, ...rest } = Object(request);
  return { ...rest, ...PutRequest, ...DeleteRequest };
}

function needOf(action: string, table: string, requests: Input[], place: Place): Need {
  const [{ IndexName, Select, ReturnValues, ReturnConsumedCapacity } = {}] = requests;
  const index = IndexName === undefined ? undefined : String(IndexName);
  const partitionKey = place.partitionKeyOf(table, index);
  const arn = `arn:aws:dynamodb:${place.region}:${ACCOUNT_ID}:table/${table}`;
  const keys = distinct(requests.flatMap((request) => leadingKeys(request, partitionKey)));
  const attributes = distinct(requests.flatMap(attributesOf));
  const context: Context = {
    ...(keys.length > 0 && { 'dynamodb:LeadingKeys': keys }),
    ...(attributes.length > 0 && { 'dynamodb:Attributes': attributes }),
    ...present({
      'dynamodb:Select': Select,
      'dynamodb:ReturnValues': ReturnValues,
      'dynamodb:ReturnConsumedCapacity': ReturnConsumedCapacity,
    }),
  };
  return { action, resources: [index === undefined ? arn : `${arn}/index/${index}`], context };
}

/** The rows that a request names, by key or as a whole. */
const rowsOf = ({ Key, Keys, Item }: Input): unknown[] => [Key, Keys, Item].flat().filter(Boolean);

/** Returns the partition keys that a request names; a scan names none. */
function leadingKeys(request: Input, partitionKey: string | undefined): string[] {
  if (partitionKey === undefined) return [];
  const named = rowsOf(request).map((row) => Object(row)[partitionKey]);
  const sought = valueSought(request, partitionKey);
  return [...named, sought].filter(Boolean).map((value) => String(Object.values(value)[0]));
}

/** Returns the value that a query's key condition requires for the partition key. */
function valueSought(request: Input, partitionKey: string): object | undefined {
  const condition = String(request.KeyConditionExpression ?? '');
  for (const [, name = '', value = ''] of condition.matchAll(/([#\w]+)\s*=\s*(:\w+)/g)) {
    if (nameOf(request, name) === partitionKey) return Object(request.ExpressionAttributeValues)[value];
  }
  return undefined;
}

/** Returns the top-level attributes that a request names in rows, keys and expressions. */
function attributesOf(request: Input): string[] {
  const rows = [...rowsOf(request), request.ExclusiveStartKey].flatMap((row) => Object.keys(Object(row)));
  const expressions = EXPRESSIONS.flatMap((name) => namesIn(String(request[name] ?? '')));
  return [...rows, ...expressions.map((name) => nameOf(request, name))];
}

/** Returns the names and aliases of attributes, but not values, functions, or names after a dot. */
function namesIn(expression: string): string[] {
  const words = expression.match(/[:.]?[#\w]+(\s*\()?/g) ?? [];
  // A function's name is followed by a parenthesis.
  return words.filter((word) => /^[#A-Za-z_]\w*$/.test(word) && !KEYWORDS.includes(word.toLowerCase()));
}

function nameOf({ ExpressionAttributeNames }: Input, name: string): string {
  return String(Object(ExpressionAttributeNames)[name] ?? name);
}

const distinct = (values: string[]) => [...new Set(values)].sort();
