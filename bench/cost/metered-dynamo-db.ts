import { type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { startDynamoDb } from '../../local/emulators/dynamodb/dynamodb.ts';
import {
  closeServer,
  createLocalServer,
  listen,
  localUrl,
  readBody,
} from '../../local/ground/http-server.ts';

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

/** Starts the emulated DynamoDB. It adds to each request that the answer must have the consumed capacity, which functions do not ask for. */
export async function startMeteredDynamoDb(): Promise<MeteredDynamoDb> {
  const database = await startDynamoDb();
  const units = { reads: 0, writes: 0 };
  const server = createLocalServer(async (message, response) => {
    const body = JSON.parse(String(await readBody(message, MAX_BODY)));
    const answer = await forward(database.url, message, { ...body, ...asked(message) });
    units[isWrite(message) ? 'writes' : 'reads'] += consumed(answer.text);
    answer.headers(response);
    response.end(answer.text);
  });
  return {
    url: localUrl(await listen(server, 0)),
    units: () => ({ ...units }),
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

function forward(url: string, { headers, method = 'POST' }: IncomingMessage, body: object) {
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
