import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { RequestError } from '../shell/problems.ts';
import { wireUnknownRoute } from '../wiring/api.ts';

/**
 * Answers every request that matches no route: 405 with `Allow` if the path exists, else 404 with the list of routes.
 *
 * @param routes - the routes of the stack, in API Gateway's notation
 */
export function unknownRoute(routes: string[]): HttpFunction {
  const known = routes.map((route) => {
    const [method = '', path = ''] = route.split(' ');
    return { method, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) };
  });
  return async ({ path }) => {
    const methods = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    if (methods.length > 0) {
      const allow = methods.join(', ');
      throw new RequestError('method-not-allowed', `This route takes ${allow}.`, { headers: { allow } });
    }
    throw new RequestError('unknown-route', `The routes are: ${routes.join(', ')}.`);
  };
}

export const handler = httpHandler(unknownRoute(wireUnknownRoute()));
