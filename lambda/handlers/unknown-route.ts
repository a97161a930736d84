import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { methodNotAllowed, RequestError } from '../shell/problems.ts';
import { wireUnknownRoute } from '../wiring/api.ts';

/**
 * Answers every request that matches no route: 405 with `Allow` if the path exists, else 404 with the list of routes.
 *
 * @param routes - the routes of the stack, in API Gateway's notation
 */
export function unknownRoute(routes: string[]): HttpFunction {
  const known = routes.map((route) => {
    const [method = '', path = ''] = route.split(' ');
    return { method, path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) };
  });
  return async ({ path }) => {
    const matching = known.filter(({ pattern }) => pattern.test(path));
    // A literal path is not a value of a parameter: `everyone` is no revocation id.
    const exact = matching.filter((route) => route.path === path);
    const methods = (exact.length > 0 ? exact : matching).map(({ method }) => method);
    if (methods.length > 0) throw methodNotAllowed(methods);
    throw new RequestError('unknown-route', `The routes are: ${routes.join(', ')}.`);
  };
}

export const handler = httpHandler(unknownRoute(wireUnknownRoute()));
