import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';

export interface HttpRequest {
  method: string;
  path: string;
  pathParameters: Record<string, string | undefined>;
  query: Record<string, string | undefined>;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  /** Parsed JSON for handlers made by `jsonHandler`; not yet validated. */
  body: unknown;
  /** ARN of the IAM principal, or `issuer#subject` of the JSON Web Token. */
  caller: string;
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
  };
}

const Authorizer = v.union([
  v.pipe(
    v.object({ iam: v.object({ userArn: v.string() }) }),
    v.transform(({ iam }) => iam.userArn),
  ),
  v.pipe(
    v.object({ jwt: v.object({ claims: v.object({ iss: v.string(), sub: v.string() }) }) }),
    v.transform(({ jwt }) => `${jwt.claims.iss}#${jwt.claims.sub}`),
  ),
]);

function callerOf({ requestContext }: APIGatewayProxyEventV2): string {
  const authorizer = v.safeParse(
    Authorizer,
    'authorizer' in requestContext ? requestContext.authorizer : undefined,
  );
  return authorizer.success ? authorizer.output : 'unknown';
}
