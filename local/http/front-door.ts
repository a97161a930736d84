import type { RequestListener } from 'node:http';
import {
  closeServer,
  createLocalServer,
  listen,
  MAX_REQUEST_LINE_AND_HEADERS,
} from '../ground/http-server.ts';

/** The one port that people use. Its address is known before the services behind it have started. */
export interface FrontDoor {
  /** Without a slash at the end. */
  readonly url: string;
  /** Answers requests from now on. Before, they get 503. */
  open(listener: RequestListener): void;
  close(): Promise<void>;
}

/** @param port - 0 for a free one. @throws the server's error, such as EADDRINUSE */
export async function startFrontDoor(port: number): Promise<FrontDoor> {
  let answer: RequestListener = (_, response) => void response.writeHead(503, { 'retry-after': '1' }).end();
  // With Node's default limit, larger requests would get Node's own answer, and not the one of API Gateway.
  const limits = { maxHeaderSize: 8 * MAX_REQUEST_LINE_AND_HEADERS };
  const server = createLocalServer((request, response) => answer(request, response), limits);
  const url = `http://localhost:${await listen(server, port)}`;
  return {
    url,
    open(listener) {
      answer = listener;
    },
    close: () => closeServer(server),
  };
}
