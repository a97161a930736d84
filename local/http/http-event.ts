import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2WithIAMAuthorizer } from 'aws-lambda';
import { ACCOUNT_ID, ORGANIZATION_ID } from '../ground/account.ts';
import { arnOf, callerIdOf, type RoleSession, YOU } from '../ground/role-sessions.ts';
import { signingKeyId } from '../ground/signature.ts';
import type { TokenCaller } from './json-web-token.ts';
import { decodePath, type RouteMatch } from './route-match.ts';

type IamContext = APIGatewayProxyEventV2WithIAMAuthorizer['requestContext'];

/** The event that an HTTP API sends to a function, in payload format 2.0. `authorizer` is set on routes that have one. */
export type HttpEvent = Omit<APIGatewayProxyEventV2WithIAMAuthorizer, 'requestContext'> & {
  requestContext: Omit<IamContext, 'authorizer'> & {
    authorizer?: IamContext['authorizer'] | { jwt: TokenCaller };
  };
};

export interface EventInput {
  readonly match: RouteMatch;
  readonly body: Buffer;
  readonly apiId: string;
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The role session whose credentials signed the request. @default `YOU` */
  readonly signer?: RoleSession;
  /** The claims and scopes of the JSON Web Token, on a route with a JWT authorizer. */
  readonly caller?: TokenCaller;
}

/** Returns what API Gateway tells a function about the caller of a route with IAM authorization. */
function signerIn(headers: Readonly<Record<string, string>>, signer: RoleSession) {
  return {
    accessKey: signingKeyId(headers) ?? 'LOCALACCESSKEY',
    accountId: signer.accountId,
    callerId: callerIdOf(signer),
    cognitoIdentity: null,
    principalOrgId: ORGANIZATION_ID,
    userArn: arnOf(signer),
    userId: callerIdOf(signer),
  } as const;
}

export function buildEvent(request: IncomingMessage, input: EventInput): HttpEvent {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  const rawQueryString = query.join('?');
  const headers = joinHeaders(request);
  const { cookie, ...otherHeaders } = headers;
  const queryStringParameters = joinPairs(new URLSearchParams(rawQueryString));
  const hasQuery = Object.keys(queryStringParameters).length > 0;
  return {
    version: '2.0',
    routeKey: input.match.route.key,
    // HTTP APIs pass the decoded path, unlike REST APIs and function URLs.
    rawPath: decodePath(path),
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split(/; ?/) }),
    headers: otherHeaders,
    ...(hasQuery && { queryStringParameters }),
    ...(input.match.pathParameters && { pathParameters: { ...input.match.pathParameters } }),
    requestContext: requestContext(request, decodePath(path), headers, input),
    ...encodeBody(input.body, headers['content-type']),
  };
}

function requestContext(
  request: IncomingMessage,
  path: string,
  headers: Readonly<Record<string, string>>,
  { match, apiId, requestId, at, signer = YOU, caller }: EventInput,
): HttpEvent['requestContext'] {
  return {
    accountId: ACCOUNT_ID,
    apiId,
    ...(match.route.iamAuthorized && { authorizer: { iam: signerIn(headers, signer) } }),
    ...(caller && { authorizer: { jwt: caller } }),
    domainName: headers.host ?? 'localhost',
    domainPrefix: 'localhost',
    http: {
      method: request.method ?? 'GET',
      path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
      userAgent: headers['user-agent'] ?? '',
    },
    requestId,
    routeKey: match.route.key,
    stage: '$default',
    time: commonLogTime(at),
    timeEpoch: at,
  };
}

function joinHeaders({ rawHeaders }: IncomingMessage): Record<string, string> {
  const pairs: [string, string][] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    pairs.push([(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '']);
  }
  return joinPairs(pairs, (name) => (name === 'cookie' ? '; ' : ','));
}

function joinPairs(
  pairs: Iterable<[string, string]>,
  separator = (_name: string) => ',',
): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : before + separator(name) + value);
  }
  return Object.fromEntries(joined);
}

const TEXT = /^(text\/.*|application\/(json|.+\+json|xml|javascript))$/;

function encodeBody(body: Buffer, contentType = ''): Pick<HttpEvent, 'body' | 'isBase64Encoded'> {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = TEXT.test((contentType.split(';')[0] ?? '').trim().toLowerCase());
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(at: number): string {
  const [, day, month, year, time] = new Date(at).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
