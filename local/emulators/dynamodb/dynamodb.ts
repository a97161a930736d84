import { createServer, type IncomingMessage } from 'node:http';
import dynalite from 'dynalite';
import { closeServer, listen, localUrl } from '../../ground/http-server.ts';
import type { Recorder } from '../../ground/recorder.ts';

/**
 * A DynamoDB of this process, empty at its start and gone with it.
 *
 * @param record - Gets to see every request; nobody unless told.
 */
export async function startDynamoDb(
  record: Recorder = () => {},
): Promise<{ url: string; close(): Promise<void> }> {
  const database = dynalite({ createTableMs: 0 });
  // Closed, it would throw out of whatever it still works on; it is in memory, so it may as well be left.
  const server = createServer((request, response) => {
    listenIn(request, record);
    database.emit('request', request, response);
  });
  const port = await listen(server, 0);
  return { url: localUrl(port), close: () => closeServer(server) };
}

/** Dynalite reads the body itself, and takes off all listeners when it answers: this one has heard the end before. */
function listenIn(request: IncomingMessage, record: Recorder): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => record(request.headers, Buffer.concat(chunks)));
}
