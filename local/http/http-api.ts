import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ACCOUNT_ID } from '../ground/account.ts';
import type { Clock } from '../ground/clock.ts';
import { MAX_REQUEST_LINE_AND_HEADERS, readBody } from '../ground/http-server.ts';
import type { Output } from '../ground/output.ts';
import {
  arnOf,
  CredentialsError,
  type RoleSession,
  type RoleSessions,
  YOU,
} from '../ground/role-sessions.ts';
import type { AccessValues } from './access-log.ts';
import { startFrontDoor } from './front-door.ts';
import { buildEvent } from './http-event.ts';
import { gatewayAnswer, type HttpAnswer, toAnswer } from './http-response.ts';
import type { HttpApiDescription, Route } from './http-routes.ts';
import { callerByToken, type TokenCaller } from './json-web-token.ts';
import { matchRoute } from './route-match.ts';

export interface HttpApiOptions extends HttpApiDescription {
  readonly invoke: (functionId: string, event: unknown) => Promise<unknown>;
  readonly output: Output;
  /** Finds out who signed a request. Without it, every caller is `YOU`. */
  readonly roleSessions?: Pick<RoleSessions, 'signerOf'>;
  /** Receives the values for the access log of each request. */
  readonly logAccess?: (values: AccessValues) => void;
  /** The clock by which tokens expire. @default the computer's */
  readonly clock?: Clock;
}

interface Port {
  /** 0 for a free one. */
  readonly port: number;
}

export interface RunningHttpApi {
  readonly url: string;
  close(): Promise<void>;
}

/** Quota of HTTP APIs, in bytes. */
const MAX_BODY = 10 * 1024 * 1024;

/** Serves the routes on a port of their own. @throws the server's error, such as EADDRINUSE */
export async function startHttpApi({ port, ...options }: HttpApiOptions & Port): Promise<RunningHttpApi> {
  const door = await startFrontDoor(port);
  door.open(httpApi(options));
  return door;
}

/**
 * Answers the routes as an HTTP API does, with its events, answers and quotas. It does not emulate:
 *
 * - signatures and the permissions of the signer: everybody may call every route, and credentials of the local run only
 *   identify the caller
 * - signatures of JSON Web Tokens: only issuer, audience, times and scopes are checked
 * - throttling
 * - API Gateway's limit of 30 seconds: a function's timeout is shorter
 */
export function httpApi(options: HttpApiOptions): RequestListener {
  return async (request, response) => {
    const requestId = randomUUID();
    const startedAt = Date.now();
    let status = 500;
    let asked: Asked | undefined;
    try {
      asked = read(request, options);
      const answered = await answer(request, requestId, asked, options);
      status = answered.status;
      send(response, requestId, answered, request.method);
    } catch {
      // Either the answer has a header that HTTP does not allow, or the client has disconnected and nobody reads this.
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      send(response, requestId, gatewayAnswer(500, 'Internal Server Error'));
    }
    const sourceIp = request.socket.remoteAddress;
    options.logAccess?.({ requestId, status, startedAt, sourceIp, ...told(asked) });
  };
}

async function answer(
  request: IncomingMessage,
  requestId: string,
  { match, caller }: Asked,
  options: HttpApiOptions,
): Promise<HttpAnswer> {
  if (headSize(request) > MAX_REQUEST_LINE_AND_HEADERS)
    return gatewayAnswer(431, 'Request Header Fields Too Large');
  const body = await readBody(request, MAX_BODY);
  if (!body) return gatewayAnswer(413, 'Request Entity Too Large');
  if (!match || !caller) return gatewayAnswer(404, 'Not Found');
  const { functionId, key } = match.route;
  if ('refusal' in caller) {
    const { status, reason } = caller.refusal;
    options.output(`${key} ${requestId}: ${reason}; answered ${status}`);
    return gatewayAnswer(status, status === 401 ? 'Unauthorized' : 'Forbidden');
  }
  const event = buildEvent(request, {
    ...caller,
    match,
    body,
    requestId,
    apiId: options.apiId,
    at: Date.now(),
  });
  try {
    return toAnswer(await options.invoke(functionId, event));
  } catch (error) {
    // The error's text may quote the request, so only the function may log it.
    const kind = error instanceof Error && 'errorType' in error ? error.errorType : 'Error';
    options.output(`${key} ${requestId}: ${functionId} failed with ${String(kind)}; answered 500`);
    return gatewayAnswer(500, 'Internal Server Error');
  }
}

/** The route and the caller of a request; both are undefined if no route matches. */
interface Asked {
  readonly match: ReturnType<typeof matchRoute>;
  readonly caller: Identified | undefined;
}

function read(request: IncomingMessage, options: HttpApiOptions): Asked {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const match = matchRoute(options.routes, request.method ?? 'GET', path);
  return { match, caller: match && identify(request, match.route, options) };
}

/** Returns the route and the caller, for the access log. */
function told({ match, caller }: Partial<Asked> = {}) {
  const signer = caller && 'signer' in caller ? caller.signer : undefined;
  return { routeKey: match?.route.key, callerArn: signer && arnOf(signer) };
}

type Identified =
  | { signer?: RoleSession; caller?: TokenCaller }
  | { refusal: { status: 401 | 403; reason: string } };

/** Finds out who calls, or why API Gateway would refuse the caller. */
function identify(
  { headers }: IncomingMessage,
  { iamAuthorized, token }: Route,
  { roleSessions, clock = Date.now }: HttpApiOptions,
): Identified {
  if (token) return callerByToken(headers.authorization, token, clock());
  if (!iamAuthorized) return {};
  try {
    const signer = roleSessions?.signerOf(headers) ?? YOU;
    if (signer.accountId === ACCOUNT_ID) return { signer };
    const reason = `HTTP APIs take callers of their own account only, not ${arnOf(signer)}`;
    return { refusal: { status: 403, reason } };
  } catch (error) {
    if (error instanceof CredentialsError) return { refusal: { status: 403, reason: error.message } };
    throw error;
  }
}

function headSize({ method, url, rawHeaders }: IncomingMessage): number {
  const requestLine = `${method} ${url} HTTP/1.1\r\n`.length;
  // Each name and value comes with two more bytes: `: ` or the line's end.
  return rawHeaders.reduce((size, part) => size + Buffer.byteLength(part) + 2, requestLine);
}

function send(
  response: ServerResponse,
  requestId: string,
  { status, headers, body }: HttpAnswer,
  method?: string,
): void {
  const hasNoBody = status === 204 || status === 304;
  // The answer to HEAD has the length of GET's body, which only the function knows. Node sends no body then.
  const isLengthKnown = method !== 'HEAD' || body.length > 0;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('apigw-requestid', requestId);
  if (!hasNoBody && isLengthKnown) response.setHeader('content-length', body.length);
  response.end(hasNoBody ? undefined : body);
}
