import type { IncomingMessage } from 'node:http';
import dynalite from 'dynalite';
import { closeServer, createLocalServer, listen, localUrl } from '../../ground/http-server.ts';
import type { Recorder } from '../../ground/recorder.ts';

/**
 * An embedded DynamoDB. It is empty when it starts, and holds everything in memory.
 *
 * @param record - Receives every request.
 */
export async function startDynamoDb(
  record: Recorder = () => {},
): Promise<{ url: string; close(): Promise<void> }> {
  const database = dynalite({ createTableMs: 0 });
  // `close` only closes this server, not dynalite, which would throw for the requests that it still works on.
  const server = createLocalServer((request, response) => {
    listenIn(request, record);
    database.emit('request', request, response);
  });
  const port = await listen(server, 0);
  return { url: localUrl(port), close: () => closeServer(server) };
}

/** Dynalite removes all listeners when it answers. These are added first, so they receive the whole body before that. */
function listenIn(request: IncomingMessage, record: Recorder): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => record(request.headers, Buffer.concat(chunks)));
}
