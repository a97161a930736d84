import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Dispatch } from '../emulators/ground/dispatch.ts';
import { readBody } from '../ground/http-server.ts';
import { signedService } from '../ground/signature.ts';

export interface AwsCallsOptions {
  readonly dispatch: Dispatch;
  /** Endpoint of DynamoDB. */
  readonly dynamoDb: string;
  /** Answers requests that are not calls of an AWS service. */
  readonly otherwise: RequestListener;
}

/** DynamoDB accepts at most 16 MiB. */
const MAX_BODY = 16 * 1024 * 1024;

/**
 * Lets one port answer the HTTP API and the AWS CLI. The scope of the signature, or X-Amz-Target, names the service of an
 * AWS call. A signature for `execute-api` belongs to a request to the HTTP API.
 */
export function withAwsCalls({ dispatch, dynamoDb, otherwise }: AwsCallsOptions): RequestListener {
  return (request, response) => {
    const service = serviceOf(request);
    if (service === undefined || service === 'execute-api') otherwise(request, response);
    else if (service === 'dynamodb') passOn(request, response, dynamoDb);
    else dispatch(request, response);
  };
}

function serviceOf({ headers }: IncomingMessage): string | undefined {
  const service = signedService(headers);
  if (service !== undefined) return service;
  const target = headers['x-amz-target'];
  if (target === undefined) return undefined;
  return String(target).startsWith('DynamoDB_') ? 'dynamodb' : String(target);
}

async function passOn(request: IncomingMessage, response: ServerResponse, endpoint: string): Promise<void> {
  try {
    const body = await readBody(request, MAX_BODY);
    const { host: _, connection: __, 'content-length': ___, expect: ____, ...rest } = request.headers;
    const headers = Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)]);
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers,
      ...(body && { body: new Uint8Array(body) }),
    });
    const type = answer.headers.get('content-type') ?? 'application/x-amz-json-1.0';
    response.writeHead(answer.status, { 'content-type': type }).end(Buffer.from(await answer.arrayBuffer()));
  } catch {
    // Either DynamoDB does not answer, or the client has disconnected.
    response.destroy();
  }
}
