import { routeKeys } from '../lambda/routes.ts';
import { startHttpApi } from '../local/http/http-api.ts';

/**
 * Makes the events that the HTTP API sends for requests with these bodies. A GET request has no body, so its bodies are ignored.
 *
 * @param route - A route in API Gateway's notation, such as `POST /revocations`.
 * @param path - The path of the requests; by default the route's own.
 */
export async function httpEvents(
  route: string,
  bodies: readonly object[],
  path?: string,
): Promise<unknown[]> {
  const events: unknown[] = [];
  const api = await startHttpApi({
    port: 0,
    apiId: 'bench',
    routes: routeKeys(route).map((key) => ({ key, functionId: route, iamAuthorized: true })),
    output: () => {},
    async invoke(_functionId, event) {
      events.push(event);
      return { statusCode: 200 };
    },
  });
  const [method = '', template = ''] = route.split(' ');
  const headers = { 'content-type': 'application/json' };
  try {
    for (const body of bodies) {
      const content = method === 'GET' ? {} : { body: JSON.stringify(body) };
      await fetch(api.url + (path ?? template), { method, headers, ...content });
    }
  } finally {
    await api.close();
  }
  if (events.length !== bodies.length) throw new Error(`${route} took ${events.length} of ${bodies.length}.`);
  return events;
}
