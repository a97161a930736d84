import { allRoutes, type RouteName, routeRules } from '../../infra/route-rules.ts';
import { REVOCATION_ID, SESSION_ID } from '../../lambda/domain/ids.ts';
import { reason, userId } from '../../lambda/requests/fields.ts';
import { DOCUMENTED } from './routes.ts';
import { schemaOf } from './schemas.ts';

// The parts of the document that all routes share.

export const DESCRIPTION = [
  'Two APIs have the same routes. `ApiUrl` takes requests with a SigV4 signature for the service `execute-api`, `JwtApiUrl` JSON Web Tokens.',
  'Errors of the routes are problem documents (RFC 9457) with a stable `code`. API Gateway answers before any route with `{"message": …}`.',
  'Requests to any other path are 404 `unknown-route`, with another method 405 `method-not-allowed` and `Allow`.',
].join('\n\n');

export const TAGS = [
  ['revocations', 'Ending sessions, and the records of it'],
  ['sessions', 'Registering sessions, and what is held'],
  ['deny-list', 'Denials of role sessions'],
] as const;

export const SERVERS = [
  {
    url: '{ApiUrl}',
    description: 'IAM authorization',
    variables: {
      ApiUrl: { default: 'https://api.example.com', description: 'The output ApiUrl of the stack' },
    },
  },
  {
    url: '{JwtApiUrl}',
    description: 'JSON Web Tokens, with the setting jwtIssuer',
    variables: {
      JwtApiUrl: {
        default: 'https://tokens.example.com',
        description: 'The output JwtApiUrl of the stack',
      },
    },
  },
];

export const MESSAGE = { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] };
/** API Gateway's own answers, by status. */
export const GATEWAY_AT: Readonly<Record<number, { readonly name: string; readonly says: string }>> = {
  401: { name: 'Unauthorized', says: 'API Gateway: the token is missing or not valid. Only at `JwtApiUrl`.' },
  403: { name: 'Forbidden', says: 'API Gateway: the signature, the permission or the scope is missing.' },
  413: { name: 'TooLarge', says: 'API Gateway: the body has more than 10 MB.' },
  429: { name: 'Throttled', says: 'API Gateway: the throttle of the route is used up.' },
};
/** API Gateway's own answers, by name. 403 is missing, because the 403 problem of each route describes it too. */
export const GATEWAY = Object.fromEntries(
  Object.values(GATEWAY_AT)
    .filter(({ name }) => name !== 'Forbidden')
    .map(({ name, says }) => [
      name,
      { description: says, content: { 'application/json': { schema: MESSAGE } } },
    ]),
);

const text = (description: string) => ({ description, schema: { type: 'string' } });
export const HEADERS = {
  Location: text('The path of the revocation.'),
  'Retry-After': {
    description: 'Seconds to wait before the same request is repeated, or the revocation is read.',
    schema: { type: 'integer' },
  },
  Allow: text('The methods that the path has.'),
  Vary: text('`accept`: whoever prefers HTML gets a page.'),
  'Content-Security-Policy': text('Of a page: it runs nothing and loads nothing.'),
  Refresh: text('Of a page that is not final: seconds until a browser asks again.'),
  'Referrer-Policy': text('Of a page.'),
  'X-Content-Type-Options': text('Of a page.'),
};

/** Describes a parameter with a day or a time in UTC. */
function time(name: string, description: string) {
  const schema = { type: 'string', examples: ['2026-11-22', '2026-11-22T08:37:51Z'] };
  return { name, in: 'query', description, schema };
}

export type QueryParameter = 'ofUser' | 'eitherUser' | 'from' | 'to' | 'reason' | 'refresh';

export const PARAMETERS = {
  revocationId: {
    name: 'revocationId',
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: REVOCATION_ID.source },
  },
  userId: { name: 'userId', in: 'path', required: true, schema: schemaOf(userId) },
  ofUser: { name: 'userId', in: 'query', required: true, schema: schemaOf(userId) },
  eitherUser: {
    name: 'userId',
    in: 'query',
    description: 'The user of the revocations.',
    schema: schemaOf(userId),
  },
  from: time('from', 'The beginning, included.'),
  to: time('to', 'The end, not included; now unless given. At most 31 days after `from`.'),
  reason: { name: 'reason', in: 'query', description: 'Why. It is recorded.', schema: schemaOf(reason) },
  refresh: {
    name: 'refresh',
    in: 'query',
    description: 'Keeps a page from asking again.',
    schema: { type: 'string', enum: ['off'] },
  },
  idempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Makes the revocation of a user, or of everyone, repeatable for 24 hours. It belongs to the caller. Not used with an access token.',
    schema: { type: 'string', minLength: 1 },
  },
};

export function limitUpTo(maximum: number) {
  const schema = { type: 'integer', minimum: 1, maximum, default: Math.min(100, maximum) };
  return { name: 'limit', in: 'query', description: 'The most items on a page.', schema };
}

export function cursorOf(name: RouteName) {
  // The cursor is the id of the last item: a session, or a user of the red button. Only a cursor of revocations is opaque.
  const schema = {
    type: 'string',
    ...(name !== 'listRevocations' && { anyOf: [{ pattern: SESSION_ID.source }, schemaOf(userId)] }),
  };
  return { name: 'cursor', in: 'query', description: 'The `nextCursor` of the previous page.', schema };
}

export function securitySchemes() {
  const scopes = (Object.keys(allRoutes) as RouteName[]).map(
    (name) => [routeRules[name].scope, DOCUMENTED[name].summary] as const,
  );
  return {
    sigv4: {
      type: 'apiKey',
      in: 'header',
      name: 'Authorization',
      description:
        'AWS Signature Version 4 for the service `execute-api`, with the right `execute-api:Invoke` on the route. Only at `ApiUrl`.',
      'x-amazon-apigateway-authtype': 'awsSigv4',
    },
    oauth2: {
      type: 'oauth2',
      description:
        'A JSON Web Token of the configured issuer. Scopes have the prefix of the stack before them, if there is one. Only at `JwtApiUrl`.',
      flows: {
        clientCredentials: {
          tokenUrl: 'https://idp.example.com/oauth2/token',
          scopes: Object.fromEntries(scopes),
        },
      },
    },
  };
}
