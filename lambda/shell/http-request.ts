import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Caller, callerOf } from './caller.ts';

export interface HttpRequest {
  method: string;
  path: string;
  pathParameters: Record<string, string | undefined>;
  query: Record<string, string | undefined>;
  /** The names are in lower case. */
  headers: Record<string, string | undefined>;
  /** Parsed JSON for handlers made by `jsonHandler`; not yet validated. */
  body: unknown;
  caller: Caller;
  /** API Gateway's id of the request, which is also in its access log. */
  requestId?: string | undefined;
}

/** The parts of an API Gateway event that our functions use. */
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
