import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { RouteName } from '../../infra/route-rules.ts';
import type { RestoreAccessDeps } from '../../lambda/domain/access/restore-access.ts';
import { liftDenial } from '../../lambda/handlers/lift-denial.ts';
import { liftAll } from '../../lambda/handlers/lift-everyone.ts';
import { list as listRevocations } from '../../lambda/handlers/list-revocations.ts';
import { list as listSessions } from '../../lambda/handlers/list-sessions.ts';
import { read } from '../../lambda/handlers/read-revocation.ts';
import { registerOwn } from '../../lambda/handlers/register-own-session.ts';
import { register } from '../../lambda/handlers/register-session.ts';
import { restoreAccess } from '../../lambda/handlers/restore-access.ts';
import { revoke } from '../../lambda/handlers/revoke.ts';
import { revokeEveryone } from '../../lambda/handlers/revoke-everyone.ts';
import { unknownRoute } from '../../lambda/handlers/unknown-route.ts';
import { pages } from '../../lambda/page/pages.ts';
import { denyListRoutes, routeKeys, routes } from '../../lambda/routes.ts';
import { type HttpFunction, httpHandler, jsonHandler } from '../../lambda/shell/http.ts';
import type { RequiredRole } from '../../lambda/shell/required-role.ts';
import { startHttpApi } from '../../local/http/http-api.ts';
import type { Route } from '../../local/http/http-routes.ts';
import { requireDocumented } from './documented.ts';
import { fakeDenying } from './fake-deny-list.ts';
import type { World } from './fakes.ts';

export interface Api {
  url: string;
  close(): Promise<void>;
}

/** The functions of the routes, without the shell. `restoring` is for the function that restores access. */
export function functionsOf(world: World, restoring?: RestoreAccessDeps): Record<RouteName, HttpFunction> {
  const lifting = world.denying ?? fakeDenying();
  return {
    revoke: revoke({ session: world, user: world }),
    revokeEveryone: revokeEveryone(world),
    readRevocation: read(world),
    listRevocations: listRevocations(world),
    registerOwnSession: registerOwn(world),
    registerSession: register(world),
    listSessions: listSessions(world),
    liftDenial: liftDenial({ ...world, lifting }),
    liftEveryone: liftAll({ ...world, lifting }),
    restoreAccess: restoring ? restoreAccess(restoring) : unknownRoute([]),
  };
}

/** Routes with a request body. */
const WITH_BODY: readonly RouteName[] = ['revoke', 'revokeEveryone', 'registerOwnSession', 'registerSession'];

/** Wraps a function in the shell, as in Lambda. @param role - that a JSON Web Token needs */
export function wrapped(name: RouteName, fn: HttpFunction, role?: RequiredRole) {
  const its = name === 'readRevocation' ? { pages, role } : { role };
  return WITH_BODY.includes(name) ? jsonHandler(fn, its) : httpHandler(fn, its);
}

/** The wrapped functions by route. A test can replace their dependencies and see what they log. */
export function handlersOf(world: World) {
  const served = { ...routes, ...denyListRoutes };
  const functions = functionsOf(world);
  const handlers = Object.entries(served).map(([name, route]) => [
    route,
    // Object.entries forgets which keys there are.
    wrapped(name as RouteName, functions[name as RouteName]),
  ]);
  return {
    ...(Object.fromEntries(handlers) as Record<(typeof served)[keyof typeof served], Handler>),
    $default: httpHandler(unknownRoute(Object.values(served).flatMap(routeKeys))),
  };
}

type Handler = ReturnType<typeof httpHandler>;

/** The routes of the functions. Each function has the name of its first route. */
export function routesTo(handlers: object): Route[] {
  return Object.keys(handlers).flatMap((functionId) =>
    routeKeys(functionId).map((key) => ({ key, functionId, iamAuthorized: true })),
  );
}

/** Serves the functions as an HTTP API in this process. */
export async function startApi(world: World, timeoutMillis = 29_000): Promise<Api> {
  const handlers = handlersOf(world);
  return startHttpApi({
    port: 0,
    apiId: 'test',
    routes: routesTo(handlers),
    output: () => {},
    async invoke(functionId, event) {
      const deadline = performance.now() + timeoutMillis;
      const context = {
        awsRequestId: 'request',
        getRemainingTimeInMillis: () => deadline - performance.now(),
      };
      const handler = handlers[functionId as keyof typeof handlers];
      // The local API builds event and context as Lambda does. Lambda's own types require more than the functions use.
      const answer = await handler(event as APIGatewayProxyEventV2, context as Context);
      requireDocumented(Object(event).routeKey, answer);
      return answer;
    },
  });
}
