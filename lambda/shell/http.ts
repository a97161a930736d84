import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import middy, { type MiddlewareObj, type MiddyfiedHandler } from '@middy/core';
import jsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import * as v from 'valibot';
import type { Deadline } from '../domain/deadline.ts';
import { DomainError } from '../domain/errors.ts';
import { problemOf, RequestError } from './problems.ts';
import { logger, metrics, withoutText } from './telemetry.ts';

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

export interface HttpAnswer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** Seconds after which it makes sense to look how a queued revocation goes on. */
const LOOK_AGAIN_SECONDS = 5;

/** 202 for a revocation that goes on in the queue: where to look, and when. */
export function accepted(revocation: { revocationId: string }): HttpAnswer {
  const headers = {
    location: `/revocations/${revocation.revocationId}`,
    'retry-after': String(LOOK_AGAIN_SECONDS),
  };
  return { status: 202, body: revocation, headers };
}

/** A capability over HTTP: parse the request, call one domain function, map the answer. */
export type HttpFunction = (request: HttpRequest, deadline: Deadline) => Promise<HttpAnswer>;

type Event = APIGatewayProxyEventV2;
type Handler = MiddyfiedHandler<Event, APIGatewayProxyStructuredResultV2>;
type Middleware = MiddlewareObj<Event, APIGatewayProxyStructuredResultV2>;

/** Far above a token-cache file, far below API Gateway's 10 MB. */
const MAX_BODY_BYTES = 64 * 1024;
/** Before Lambda's own timeout, which would cost the caller the answer. */
const EARLY_MILLIS = 500;
const JSON_PARSER = '@middy/http-json-body-parser';
/** What `curl -d` sends unless told otherwise; taken for JSON when it is. */
const FORM = /^application\/x-www-form-urlencoded\b/i;
const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i;

/** Wraps a capability without a body. The order of the middleware is decided here and nowhere else. */
export function httpHandler(handle: HttpFunction): Handler {
  return stack(handle, []);
}

/** Wraps a capability that takes a JSON body. */
export function jsonHandler(handle: HttpFunction): Handler {
  return stack(handle, [requireJson(), jsonBodyParser({ disableContentTypeCheck: true })]);
}

function stack(handle: HttpFunction, bodyMiddleware: Middleware[]): Handler {
  return middy<Event, APIGatewayProxyStructuredResultV2>(
    async (event: Event, context: Context, { signal }: { signal: AbortSignal }) => {
      const deadline = { signal, remainingMillis: () => context.getRemainingTimeInMillis() };
      const { status, body, headers } = await handle(requestOf(event), deadline);
      return json(status, body, headers);
    },
    { timeoutEarlyInMillis: EARLY_MILLIS },
  )
    .use(injectLambdaContext(logger, { logEvent: false, resetKeys: true }))
    .use(publishMetrics())
    .use(answers())
    .use(bodyMiddleware);
}

/** Powertools' own middleware warns in the log of every invocation that has nothing to count. */
export function publishMetrics(): { after: () => void; onError: () => void } {
  const publish = () => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return { after: publish, onError: publish };
}

/** Turns errors into problem documents, and leaves one line about every answer in the log. */
function answers(): Middleware {
  return {
    after: ({ event, response }) => {
      logger.info('answered', { route: event.routeKey, status: response?.statusCode });
    },
    onError: (request) => {
      const error = asRequestError(request.error, request.event);
      const { problem, headers } = problemOf(error);
      const line = { route: request.event.routeKey, status: problem.status, code: problem.code };
      if (problem.code === 'internal') logger.error('answered', { ...line, defect: withoutText(error) });
      else if (error instanceof DomainError) logger.warn('answered', { ...line, cause: error.cause });
      else logger.info('answered', line);
      if (problem.status >= 429) metrics.addMetric(`Problem:${problem.code}`, MetricUnit.Count, 1);
      request.response = json(problem.status, problem, {
        ...headers,
        'content-type': 'application/problem+json',
      });
    },
  };
}

/** The body parser's error holds the body, token included: it ends here, whatever it says. */
function asRequestError(error: unknown, event: Event): unknown {
  if (!(error instanceof Error) || !isFrom(error.cause, JSON_PARSER)) return error;
  if (FORM.test(event.headers['content-type'] ?? '')) return unsupportedMediaType();
  return new RequestError('malformed-json', 'The body is no JSON text. Send a JSON object in UTF-8.');
}

function isFrom(cause: unknown, name: string): boolean {
  return typeof cause === 'object' && cause !== null && 'package' in cause && cause.package === name;
}

function requireJson(): Middleware {
  return {
    before: ({ event }) => {
      const type = event.headers['content-type'] ?? '';
      if (!JSON_TYPE.test(type) && !FORM.test(type)) throw unsupportedMediaType();
      if (Buffer.byteLength(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8') > MAX_BODY_BYTES) {
        throw new RequestError('body-too-large', `The body may have ${MAX_BODY_BYTES} bytes at most.`);
      }
    },
  };
}

function unsupportedMediaType(): RequestError {
  return new RequestError(
    'unsupported-media-type',
    'Send a JSON object with the header content-type: application/json.',
  );
}

function requestOf(event: Event): HttpRequest {
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

function callerOf({ requestContext }: Event): string {
  const authorizer = v.safeParse(
    Authorizer,
    'authorizer' in requestContext ? requestContext.authorizer : undefined,
  );
  return authorizer.success ? authorizer.output : 'unknown';
}

function json(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}
