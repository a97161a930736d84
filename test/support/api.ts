import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { RevokeSessionDeps } from '../../lambda/domain/revoke-session.ts';
import { read } from '../../lambda/handlers/read-revocation.ts';
import { revoke } from '../../lambda/handlers/revoke.ts';
import { unknownRoute } from '../../lambda/handlers/unknown-route.ts';
import { httpHandler, jsonHandler } from '../../lambda/http.ts';
import { routes } from '../../lambda/routes.ts';
import { startHttpApi } from '../../local/http-api.ts';

export interface Api {
  url: string;
  close(): Promise<void>;
}

/** The functions behind an HTTP API in this process, so that a test can replace what they depend on and see what they write. */
export async function startApi(deps: RevokeSessionDeps, timeoutMillis = 29_000): Promise<Api> {
  const handlers = {
    [routes.revoke]: jsonHandler(revoke(deps)),
    [routes.readRevocation]: httpHandler(read(deps)),
    $default: httpHandler(unknownRoute),
  };
  return startHttpApi({
    port: 0,
    apiId: 'test',
    routes: Object.keys(handlers).map((key) => ({ key, functionId: key, iamAuthorized: true })),
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
