import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { liftDenial } from '../../lambda/handlers/lift-denial.ts';
import { liftAll } from '../../lambda/handlers/lift-everyone.ts';
import { list as listRevocations } from '../../lambda/handlers/list-revocations.ts';
import { list as listSessions } from '../../lambda/handlers/list-sessions.ts';
import { read } from '../../lambda/handlers/read-revocation.ts';
import { registerOwn } from '../../lambda/handlers/register-own-session.ts';
import { register } from '../../lambda/handlers/register-session.ts';
import { revoke } from '../../lambda/handlers/revoke.ts';
import { revokeEveryone } from '../../lambda/handlers/revoke-everyone.ts';
import { unknownRoute } from '../../lambda/handlers/unknown-route.ts';
import { pages } from '../../lambda/page/pages.ts';
import { denyListRoutes, routeKeys, routes } from '../../lambda/routes.ts';
import { httpHandler, jsonHandler } from '../../lambda/shell/http.ts';
import { startHttpApi } from '../../local/http/http-api.ts';
import type { Route } from '../../local/http/http-routes.ts';
import { fakeDenying } from './fake-deny-list.ts';
import type { World } from './fakes.ts';

export interface Api {
  url: string;
  close(): Promise<void>;
}

/** The functions by their routes, so that a test can replace what they depend on and see what they write. */
export function handlersOf(world: World) {
  return {
    [routes.revoke]: jsonHandler(revoke({ session: world, user: world })),
    [routes.revokeEveryone]: jsonHandler(revokeEveryone(world)),
    [routes.readRevocation]: httpHandler(read(world), pages),
    [routes.listRevocations]: httpHandler(listRevocations(world)),
    [routes.registerOwnSession]: jsonHandler(registerOwn(world)),
    [routes.registerSession]: jsonHandler(register(world)),
    [routes.listSessions]: httpHandler(listSessions(world)),
    [denyListRoutes.liftDenial]: httpHandler(
      liftDenial({ ...world, lifting: world.denying ?? fakeDenying() }),
    ),
    [denyListRoutes.liftEveryone]: httpHandler(
      liftAll({ ...world, lifting: world.denying ?? fakeDenying() }),
    ),
    $default: httpHandler(unknownRoute(Object.values({ ...routes, ...denyListRoutes }).flatMap(routeKeys))),
  };
}

/** The routes to the functions; a function goes by its first one. */
export function routesTo(handlers: object): Route[] {
  return Object.keys(handlers).flatMap((functionId) =>
    routeKeys(functionId).map((key) => ({ key, functionId, iamAuthorized: true })),
  );
}

/** The functions behind an HTTP API in this process. */
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
      // The local API builds both as Lambda does; Lambda's own types ask for more than the functions use.
      return handler(event as APIGatewayProxyEventV2, context as Context);
    },
  });
}
