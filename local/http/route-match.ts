import type { Route } from './http-routes.ts';

export interface RouteMatch {
  readonly route: Route;
  /** Percent-decoded; absent when the route has none. */
  readonly pathParameters?: Readonly<Record<string, string>>;
}

/**
 * Chooses the most specific route as API Gateway does: fixed segments before parameters, then `$default`.
 *
 * @param path - As in the request line, without the query.
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch | undefined {
  const segments = path.split('/').slice(1);
  const matches = routes.flatMap((route) => {
    const values = matchSegments(route.key, method, segments);
    return values ? [{ route, values, rank: rankOf(route.key) }] : [];
  });
  const [best] = matches.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  if (!best) return undefined;
  const hasParameters = Object.keys(best.values).length > 0;
  return { route: best.route, ...(hasParameters && { pathParameters: best.values }) };
}

function matchSegments(key: string, method: string, segments: string[]): Record<string, string> | undefined {
  if (key === '$default') return {};
  const [wanted, pattern = ''] = key.split(' ');
  if (wanted !== method) return undefined;
  const parts = pattern.split('/').slice(1);
  if (segments.length !== parts.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    const actual = segments[index] ?? '';
    if (name === undefined && part !== actual) return undefined;
    if (name !== undefined && actual === '') return undefined;
    if (name !== undefined) values[name] = decodePath(actual);
  }
  return values;
}

/** Sorts ascending: `0` for a fixed segment, `1` for a parameter; `$default` comes last. */
function rankOf(key: string): string {
  if (key === '$default') return '9';
  const parts = key.split('/').slice(1);
  return parts.map((part) => (part.startsWith('{') ? '1' : '0')).join('');
}

/** Percent-decoding that leaves what is not valid percent-encoding as it is. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
