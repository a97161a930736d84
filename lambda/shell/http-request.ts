import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Caller, callerOf } from './caller.ts';

export interface HttpRequest {
  method: string;
  path: string;
  pathParameters: Record<string, string | undefined>;
  query: Record<string, string | undefined>;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  /** Parsed JSON for handlers made by `jsonHandler`; not yet validated. */
  body: unknown;
  caller: Caller;
  /** API Gateway's, as its access log has it. */
  requestId?: string | undefined;
}

/** The request of an API Gateway event, as far as our functions use it. */
export function requestOf(event: APIGatewayProxyEventV2): HttpRequest {
  return {
    method: event.requestContext.http.method,
    path: event.rawPath,
    pathParameters: event.pathParameters ?? {},
    query: event.queryStringParameters ?? {},
    headers: event.headers,
    body: event.body,
    caller: callerOf(event),
    requestId: event.requestContext.requestId,
  };
}
