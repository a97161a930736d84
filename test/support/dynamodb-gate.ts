import { createServer } from 'node:http';
import { closeServer, listen, localUrl, readBody } from '../../local/http-server.ts';

export interface Gate {
  url: string;
  /** Runs before or after the next call of this operation is passed on to DynamoDB, and holds it up meanwhile. */
  at(when: 'before' | 'after', operation: string, act: () => Promise<unknown>): void;
  close(): Promise<void>;
}

/** A way to DynamoDB on which something can happen at an exact point of a procedure. */
export async function startGate(endpoint: string): Promise<Gate> {
  let waiting: { when: string; operation: string; act: () => Promise<unknown> } | undefined;
  async function happen(when: string, operation: string): Promise<void> {
    if (waiting?.when !== when || waiting.operation !== operation) return;
    const { act } = waiting;
    waiting = undefined;
    await act();
  }
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    const body = await readBody(request, 1 << 24);
    await happen('before', operation);
    // The caller may be gone by now; a crash does not take back what it has sent.
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: String(body),
    });
    const text = await answer.text();
    await happen('after', operation);
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
  });
  const url = localUrl(await listen(server, 0));
  return {
    url,
    at: (when, operation, act) => {
      waiting = { when, operation, act };
    },
    close: () => closeServer(server),
  };
}
