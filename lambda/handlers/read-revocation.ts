import { type ReadRevocationDeps, readRevocation } from '../domain/read-revocation.ts';
import { type HttpFunction, httpHandler } from '../http.ts';
import { RequestError } from '../problems.ts';
import { wireReadRevocation } from '../wiring.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** `GET /revocations/{revocationId}?limit&cursor`: 200 with the revocation and a page of its outcomes. */
export function read(deps: ReadRevocationDeps): HttpFunction {
  return async ({ pathParameters, query }, deadline) => {
    const page = { limit: limitOf(query.limit), after: cursorOf(query.cursor) };
    return {
      status: 200,
      body: await readRevocation(deps, pathParameters.revocationId ?? '', page, deadline),
    };
  };
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new RequestError('invalid-parameter', `limit must be a whole number from 1 to ${MAX_LIMIT}.`);
}

function cursorOf(text: string | undefined): string | undefined {
  if (text === undefined || /^[\w-]{43}$/.test(text)) return text;
  throw new RequestError('invalid-parameter', 'cursor must be the nextCursor of the page before.');
}

export const handler = httpHandler(read(wireReadRevocation()));
