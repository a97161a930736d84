import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { forThisMachineOnly } from './request-guard.ts';

/** Loopback only: nothing here checks who is calling. */
const HOST = '127.0.0.1';

/** Quota of HTTP APIs, in bytes. */
export const MAX_REQUEST_LINE_AND_HEADERS = 10_240;

/** Creates a server for programs on this machine. It refuses requests of other sites' pages in a browser. */
export function createLocalServer(listener: RequestListener, options: ServerOptions = {}): Server {
  return createServer(options, forThisMachineOnly(listener));
}

/** @param port - 0 for a free one. @returns the port in use. @throws the server's error, such as EADDRINUSE */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      // A listening TCP server has an AddressInfo, never a pipe's name.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

export function localUrl(port: number): string {
  return `http://${HOST}:${port}`;
}

/** Stops listening and cuts open connections: clients that keep connections alive could delay the end for ever. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** @returns the whole body; undefined if it is longer than `limit` bytes, after reading and dropping the rest */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
  }
  return length <= limit ? Buffer.concat(chunks) : undefined;
}
