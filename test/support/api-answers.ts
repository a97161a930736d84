import type { Context } from 'aws-lambda';
import { allRoutes, type RouteName } from '../../infra/route-rules.ts';
import type { RestoreAccessDeps } from '../../lambda/domain/access/restore-access.ts';
import { DomainError, type DomainErrorCode } from '../../lambda/domain/errors.ts';
import type { HttpFunction } from '../../lambda/shell/http.ts';
import { functionsOf, wrapped } from './api.ts';
import type { World } from './fakes.ts';
import { registeringWorld } from './registering.ts';
import { ALICE, fenceUntil, hold } from './sessions.ts';

/** A request, and the world in which it is sent. */
export interface Asked {
  readonly world?: World | Promise<World>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly millis?: number;
  /** Sent first in the same world. Only the second answer counts. */
  readonly before?: unknown;
  readonly authorizer?: object;
  /** For the route that restores access. */
  readonly restoring?: RestoreAccessDeps | Promise<RestoreAccessDeps>;
  /** Replaces the function of the route. */
  readonly instead?: HttpFunction;
}

const WHO = 'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/alice';
/** The answer of a route's function, as API Gateway gets it. */
export async function answerTo(route: RouteName, asked: Asked, method?: string) {
  const world = (await asked.world) ?? registeringWorld();
  const fn = asked.instead ?? functionsOf(world, await asked.restoring)[route];
  const handler = wrapped(route, fn, { claim: 'roles', role: 'this' });
  const send = (body: unknown) => {
    const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => asked.millis ?? 29_000 };
    return handler(eventOf(route, asked, body, method) as never, context as Context);
  };
  if (asked.before !== undefined) await send(asked.before);
  return send(asked.body);
}

function eventOf(route: RouteName, asked: Asked, body: unknown, method?: string) {
  const [own = '', path = ''] = allRoutes[route].split(' ');
  return {
    rawPath: path,
    routeKey: allRoutes[route],
    headers: { 'content-type': 'application/json', ...asked.headers },
    pathParameters: { userId: ALICE, revocationId: 'x'.repeat(43), ...asked.parameters },
    queryStringParameters: { ...asked.query },
    requestContext: {
      requestId: 'request',
      http: { method: method ?? own },
      authorizer: asked.authorizer ?? { iam: { userArn: WHO } },
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    isBase64Encoded: false,
  };
}

/** The same port, with one call that fails. */
export function failing<T extends object>(port: T, call: keyof T, code: DomainErrorCode): T {
  const fails = async () => {
    throw new DomainError(code, 'Send the same request again.', { name: 'Fake' });
  };
  return { ...port, [call]: fails };
}

/** A world for registering in which one call of a port fails. */
export function broken<Part extends keyof World>(
  part: Part,
  call: keyof NonNullable<World[Part]>,
  code: DomainErrorCode,
): World {
  const world = registeringWorld();
  return { ...world, [part]: failing(Object(world[part]), call as never, code) };
}

/** A world with sessions of Alice. */
export async function holding(tokens: string[], more: Partial<World> = {}): Promise<World> {
  const world = registeringWorld(more);
  await hold(world, ALICE, ...tokens);
  return world;
}

export async function fenced(): Promise<World> {
  const world = registeringWorld();
  await world.tokenCache.raiseFence(ALICE, fenceUntil(new Date('2030-01-01')), new AbortController().signal);
  return world;
}
