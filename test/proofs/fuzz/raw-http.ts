import { Agent, request as httpRequest } from 'node:http';
import type { FuzzedRequest } from './fuzz-requests.ts';

export interface FuzzedAnswer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

const agent = new Agent({ keepAlive: true });

/** Unlike `fetch`, sends headers exactly as they are written, also twice. */
export function send(
  origin: string,
  { method, path, headers: all, body }: FuzzedRequest,
): Promise<FuzzedAnswer> {
  return new Promise((resolve, reject) => {
    const sent = Object.entries(Object.groupBy(all, ([name]) => name)).map(
      ([name, pairs]): [string, string[]] => [name, (pairs ?? []).map(([, value]) => value)],
    );
    // For a GET, Node.js does not send the length of the body.
    const length = Buffer.byteLength(body ?? '');
    const withLength = { ...Object.fromEntries(sent), 'content-length': String(length) };
    const request = httpRequest(origin + path, { method, agent, headers: withLength }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}
