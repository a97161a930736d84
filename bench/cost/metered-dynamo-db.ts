import { type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { startDynamoDb } from '../../local/emulators/dynamodb/dynamodb.ts';
import {
  closeServer,
  createLocalServer,
  listen,
  localUrl,
  readBody,
} from '../../local/ground/http-server.ts';
import { type Index, indexWriteUnits, type Row } from './index-units.ts';

export interface Units {
  readonly reads: number;
  readonly writes: number;
}

export interface MeteredDynamoDb {
  readonly url: string;
  /** The units since the start. */
  units(): Units;
  close(): Promise<void>;
}

const MAX_BODY = 16 * 1024 * 1024;
const WRITES = /^(Put|Update|Delete|BatchWrite)Item$/;

/**
 * Starts the emulated DynamoDB. It adds to each request that the answer must have the consumed capacity, which functions do not ask
 * for. The answer does not say what the indexes consume: that is counted from the rows before and after each write.
 */
export async function startMeteredDynamoDb(): Promise<MeteredDynamoDb> {
  const database = await startDynamoDb();
  const units = { reads: 0, writes: 0 };
  const indexes = indexMeter(database.url);
  const server = createLocalServer(async (message, response) => {
    const body = JSON.parse(String(await readBody(message, MAX_BODY)));
    const send = () => forward(database.url, message, { ...body, ...asked(message) });
    const answer = isWrite(message) ? await indexes.metered(message, body, send) : await send();
    units[isWrite(message) ? 'writes' : 'reads'] += consumed(answer.text);
    answer.headers(response);
    response.end(answer.text);
  });
  return {
    url: localUrl(await listen(server, 0)),
    units: () => ({ ...units, writes: units.writes + indexes.units() }),
    async close() {
      await closeServer(server);
      await database.close();
    },
  };
}

const operationOf = ({ headers }: IncomingMessage) => String(headers['x-amz-target']).replace(/^.*\./, '');
const isWrite = (message: IncomingMessage) => WRITES.test(operationOf(message));

/** Returns the parameter to add. Operations on tables do not have it. */
function asked(message: IncomingMessage): object {
  return /Item$|^Query$|^Scan$/.test(operationOf(message)) ? { ReturnConsumedCapacity: 'TOTAL' } : {};
}

/** Returns the consumed units of one table, or the sum of all tables of a batch. */
function consumed(text: string): number {
  const { ConsumedCapacity = [] } = Object(text === '' ? {} : JSON.parse(text));
  return [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

interface Table {
  readonly keys: readonly string[];
  readonly indexes: readonly Index[];
}

interface WriteRequest {
  readonly PutRequest?: { readonly Item: Row };
  readonly DeleteRequest?: { readonly Key: Row };
}

/** What a write may hold: one row, or several of a batch. */
interface WriteBody {
  readonly TableName?: string;
  readonly Item?: Row;
  readonly Key?: Row;
  readonly RequestItems?: Readonly<Record<string, readonly WriteRequest[]>>;
}

/** Counts the write units of the indexes. Writes take turns: another one must not come between the reads of a row. */
function indexMeter(url: string) {
  let units = 0;
  let last: Promise<unknown> = Promise.resolve();
  const tables = new Map<string, Table>();

  async function call<Answer>({ headers }: IncomingMessage, operation: string, body: object) {
    const target = `DynamoDB_20120810.${operation}`;
    const { text } = await forward(url, { headers: { ...headers, 'x-amz-target': target } }, body);
    return JSON.parse(text) as Answer;
  }

  async function tableOf(message: IncomingMessage, name: string): Promise<Table> {
    const known = tables.get(name);
    if (known) return known;
    const described = await call<Described>(message, 'DescribeTable', { TableName: name });
    const table = tableIn(described);
    tables.set(name, table);
    return table;
  }

  async function rowsOf(message: IncomingMessage, body: WriteBody) {
    const reads = writtenIn(body).map(async ([name, row]) => {
      const { keys, indexes } = await tableOf(message, name);
      const Key = Object.fromEntries(keys.map((key) => [key, row[key]]));
      const found = { TableName: name, Key, ConsistentRead: true };
      return { indexes, row: (await call<{ Item?: Row }>(message, 'GetItem', found)).Item };
    });
    return Promise.all(reads);
  }

  return {
    units: () => units,
    metered<Answer>(message: IncomingMessage, body: WriteBody, send: () => Promise<Answer>): Promise<Answer> {
      const turn = last.then(async () => {
        const before = await rowsOf(message, body);
        const answer = await send();
        const after = await rowsOf(message, body);
        before.forEach(({ indexes, row }, index) => {
          units += indexWriteUnits(indexes, row, after[index]?.row);
        });
        return answer;
      });
      last = turn.catch(() => {});
      return turn;
    },
  };
}

/** The rows, or their keys, that a request writes, each with its table. */
function writtenIn({ TableName, Item, Key, RequestItems = {} }: WriteBody): [table: string, row: Row][] {
  const batch = Object.entries(RequestItems).flatMap(([name, requests]) =>
    requests.map(({ PutRequest, DeleteRequest }) => [name, PutRequest?.Item ?? DeleteRequest?.Key] as const),
  );
  const all = [[TableName, Item ?? Key] as const, ...batch];
  return all.flatMap(([name, row]) => (name !== undefined && row ? [[name, row]] : []));
}

type KeySchema = readonly { readonly AttributeName: string }[];

interface Described {
  readonly Table: {
    readonly KeySchema: KeySchema;
    readonly GlobalSecondaryIndexes?: readonly {
      readonly KeySchema: KeySchema;
      readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
    }[];
  };
}

function tableIn({ Table }: Described): Table {
  const namesIn = (schema: KeySchema) => schema.map(({ AttributeName }) => AttributeName);
  const keys = namesIn(Table.KeySchema);
  const indexes = (Table.GlobalSecondaryIndexes ?? []).map(({ KeySchema, Projection }) => {
    const own = namesIn(KeySchema);
    const { ProjectionType, NonKeyAttributes = [] } = Projection;
    return {
      keys: own,
      ...(ProjectionType !== 'ALL' && { attributes: [...keys, ...own, ...NonKeyAttributes] }),
    };
  });
  return { keys, indexes };
}

type Request = Pick<IncomingMessage, 'headers'> & { readonly method?: string | undefined };

function forward(url: string, { headers, method = 'POST' }: Request, body: object) {
  const text = JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  return new Promise<{ text: string; headers(response: ServerResponse): void }>((resolve, reject) => {
    const outgoing = send(
      url,
      { method, headers: { ...headers, 'content-length': length } },
      async (incoming) => {
        const { statusCode = 500, headers: answered } = incoming;
        // The headers have a checksum that the SDK compares with the body. It stays correct, because the body does not change.
        const pass = (response: ServerResponse) => void response.writeHead(statusCode, answered);
        resolve({ text: String(await readBody(incoming, MAX_BODY)), headers: pass });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(text);
  });
}
