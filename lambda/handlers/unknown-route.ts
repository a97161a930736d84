import { type HttpFunction, httpHandler } from '../http.ts';
import { RequestError } from '../problems.ts';
import { routes } from '../routes.ts';

const known = Object.values(routes).map((route) => {
  const [method = '', path = ''] = route.split(' ');
  return { route, method, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) };
});

/** Whatever matches no route: 405 with `Allow` where the path exists, else 404 that names the routes there are. */
export const unknownRoute: HttpFunction = async ({ path }) => {
  const methods = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  if (methods.length > 0) {
    const allow = methods.join(', ');
    throw new RequestError('method-not-allowed', `This route takes ${allow}.`, { headers: { allow } });
  }
  throw new RequestError('unknown-route', `The routes are: ${known.map(({ route }) => route).join(', ')}.`);
};

export const handler = httpHandler(unknownRoute);
