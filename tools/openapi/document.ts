import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allRoutes, type RouteName, routeRules } from '../../infra/route-rules.ts';
import { DomainError } from '../../lambda/domain/errors.ts';
import { type ProblemCode, problemOf } from '../../lambda/shell/problems.ts';
import { ANSWERS } from './answers.ts';
import {
  cursorOf,
  DESCRIPTION,
  GATEWAY,
  GATEWAY_AT,
  HEADERS,
  limitUpTo,
  MESSAGE,
  PARAMETERS,
  SERVERS,
  securitySchemes,
  TAGS,
} from './components.ts';
import { DOCUMENTED, EVERYWHERE } from './routes.ts';
import { bodySchemaOf, schemaOf } from './schemas.ts';

/** An answer of a route that a test has seen. */
export interface SeenAnswer {
  readonly route: RouteName;
  readonly status: number;
  /** The code of a problem; absent for any other answer. */
  readonly code?: ProblemCode;
  readonly body: unknown;
}

const { version }: { version: string } = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'),
);

const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });
const names = Object.keys(allRoutes) as RouteName[];

/** @returns the OpenAPI document. @param seen - answers that become examples; the first of several similar ones is used */
export function openApiDocument(seen: readonly SeenAnswer[]) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const name of names) {
    const [method = '', path = ''] = allRoutes[name].split(' ');
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: operation(name, seen),
      ...(method === 'GET' && { head: head(name) }),
    };
  }
  const schemas = Object.entries(ANSWERS).map(([name, schema]) => [name, schemaOf(schema)]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'identity-center-revocation',
      version,
      summary: 'Ends AWS IAM Identity Center sessions and says what still lives, until when.',
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: SERVERS,
    tags: TAGS.map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: Object.fromEntries(schemas),
      headers: HEADERS,
      responses: GATEWAY,
      parameters: PARAMETERS,
      securitySchemes: securitySchemes(),
    },
  };
}

function tagOf(path: string): string {
  if (path.startsWith('/deny-list')) return 'deny-list';
  return path.startsWith('/revocations') ? 'revocations' : 'sessions';
}

/** Returns the problem codes that the route can answer with. */
export function problemsOf(name: RouteName): ProblemCode[] {
  return [...DOCUMENTED[name].problems, ...EVERYWHERE];
}

/** These problems only have `Retry-After` if it is known when the same request can succeed. */
const SOMETIMES_LATER: readonly ProblemCode[] = ['user-revoked'];

export function statusOf(code: ProblemCode): number {
  return described(code).problem.status;
}

const described = (code: ProblemCode) => problemOf(new DomainError(code as never, ''));

function common(name: RouteName) {
  const { summary, description, query = [], limit, idempotencyKey } = DOCUMENTED[name];
  const [, path = ''] = allRoutes[name].split(' ');
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => ref('parameters', parameter));
  const parameters = [
    ...inPath,
    ...query.map((parameter) => ref('parameters', parameter)),
    ...(limit === undefined ? [] : [limitUpTo(limit), cursorOf(name)]),
    ...(idempotencyKey ? [ref('parameters', 'idempotencyKey')] : []),
  ];
  const scope = routeRules[name].scope;
  return {
    tags: [tagOf(path)],
    summary,
    description,
    ...(parameters.length > 0 && { parameters }),
    security: [{ sigv4: [] }, { oauth2: [scope] }],
  };
}

function operation(name: RouteName, seen: readonly SeenAnswer[]) {
  const { bodies } = DOCUMENTED[name];
  const schemas = bodies?.map(bodySchemaOf);
  const schema = schemas && (schemas.length > 1 ? { oneOf: schemas } : schemas[0]);
  return {
    operationId: name,
    ...common(name),
    ...(schema && {
      requestBody: {
        required: true,
        description: 'At most 64 KiB.',
        content: { 'application/json': { schema } },
      },
    }),
    responses: responses(name, seen),
  };
}

function head(name: RouteName) {
  const statuses = Object.entries(responses(name, []));
  const bodiless = statuses.map(([status, answer]) => {
    if ('$ref' in answer) return [status, answer];
    const { content: _, ...rest } = answer;
    return [status, rest];
  });
  const { summary, ...rest } = common(name);
  return {
    operationId: `${name}Head`,
    summary: `${summary}, without the body`,
    ...rest,
    description: 'Status and headers are those of GET, `content-length` included. There is no body.',
    responses: Object.fromEntries(bodiless),
  };
}

const PAGE_HEADERS = [
  'Vary',
  'Content-Security-Policy',
  'Refresh',
  'Referrer-Policy',
  'X-Content-Type-Options',
];
const PAGE = { 'text/html; charset=utf-8': { schema: { type: 'string' } } };

function responses(name: RouteName, seen: readonly SeenAnswer[]): Record<string, Record<string, unknown>> {
  const { pages } = DOCUMENTED[name];
  const own = seen.filter(({ route }) => route === name);
  const found = Object.entries(DOCUMENTED[name].answers).map(([status, { is, body, headers = [] }]) => {
    const example = own.find((answer) => answer.status === Number(status) && !answer.code);
    const content = { schema: ref('schemas', body), ...(example && { example: example.body }) };
    const sent = headersOf([...headers, ...(pages ? PAGE_HEADERS : [])]);
    return [
      status,
      { description: is, ...sent, content: { 'application/json': content, ...(pages && PAGE) } },
    ];
  });
  const byStatus = Map.groupBy(problemsOf(name), statusOf);
  const problems = [...byStatus].map(([status, codes]) => [
    status,
    problemAnswer(codes, own, { gateway: GATEWAY_AT[status]?.says, pages }),
  ]);
  const gateway = Object.entries(GATEWAY_AT).map(([status, answer]) => [
    status,
    ref('responses', answer.name),
  ]);
  // If both have the same status, the problem documents both: it has API Gateway's answer as its second content type.
  return Object.fromEntries([...gateway, ...found, ...problems]);
}

function problemAnswer(
  codes: ProblemCode[],
  own: readonly SeenAnswer[],
  { gateway, pages }: { gateway: string | undefined; pages: true | undefined },
) {
  const examples = codes.flatMap((code) => {
    const example = own.find((answer) => answer.code === code);
    return example ? [[code, { value: example.body }]] : [];
  });
  const headers = [
    ...(codes.some((code) => SOMETIMES_LATER.includes(code) || described(code).headers['retry-after'])
      ? ['Retry-After']
      : []),
    ...(codes.includes('method-not-allowed') ? ['Allow'] : []),
    ...(pages ? PAGE_HEADERS : []),
  ];
  const schema = { allOf: [ref('schemas', 'Problem'), { properties: { code: { enum: codes } } }] };
  const problem = { schema, ...(examples.length > 0 && { examples: Object.fromEntries(examples) }) };
  return {
    description: [
      ...codes.map((code) => `\`${code}\`: ${described(code).problem.title}.`),
      ...(gateway ? [gateway] : []),
    ].join(' '),
    ...headersOf(headers),
    content: {
      'application/problem+json': problem,
      ...(gateway && { 'application/json': { schema: MESSAGE } }),
      ...(pages && PAGE),
    },
  };
}

function headersOf(all: readonly string[]) {
  if (all.length === 0) return {};
  return { headers: Object.fromEntries(all.map((name) => [name, ref('headers', name)])) };
}
