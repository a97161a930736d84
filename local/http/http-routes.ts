import { ACCOUNT_ID } from '../ground/account.ts';
import { createPermissions } from '../permissions/resource-policies.ts';
import type { Assembly } from '../template/assembly.ts';
import { functionIds } from '../template/function-names.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { type KnownProperties, requireKnown, resourcesOf } from '../template/properties.ts';
import { requireStages } from './stages.ts';

export interface Route {
  /** API Gateway's notation: `GET /things/{id}` or `$default`. */
  readonly key: string;
  /** Logical id of the function that answers. */
  readonly functionId: string;
  readonly iamAuthorized: boolean;
}

export interface RouteMatch {
  readonly route: Route;
  /** Percent-decoded; absent when the route has none. */
  readonly pathParameters?: Readonly<Record<string, string>>;
}

export interface HttpApiDescription {
  readonly apiId: string;
  readonly routes: readonly Route[];
}

const ROUTE: KnownProperties = {
  executed: ['ApiId', 'AuthorizationType', 'RouteKey', 'Target'],
  // Scopes are of JSON Web Tokens. Without an authorizer for these, nobody has any.
  leftOut: ['AuthorizationScopes', 'OperationName'],
};

/**
 * The template's HTTP API.
 *
 * @throws Error for anything in it that the local run would serve differently from API Gateway: an authorizer other
 * than IAM, an integration other than a Lambda proxy, a stage with a path, a route for any method or for whatever
 * follows a path, a function API Gateway may not invoke
 */
export function describeHttpApi(assembly: Assembly, resolver: Resolver): HttpApiDescription {
  const ofType = (type: string) => resourcesOf(assembly, type);
  const [api, ...others] = ofType('AWS::ApiGatewayV2::Api');
  if (!api || others.length > 0)
    throw new Error(`The local run takes one HTTP API, not ${others.length + (api ? 1 : 0)}.`);
  requireStages(assembly, resolver);
  const apiId = resolver.ref(api[0]);
  const functions = functionIds(assembly, resolver);
  const permissions = createPermissions(assembly, resolver);
  const routes = ofType('AWS::ApiGatewayV2::Route').map(([id, { Properties }]): Route => {
    requireKnown(id, Properties, ROUTE);
    const integrationId = resolver.text(Properties.Target).replace(/^integrations\//, '');
    const functionArn = integratedFunction(integrationId, assembly, resolver);
    const functionId = functions.get(functionArn);
    if (!functionId) throw new Error(`${id} leads to ${functionArn}, which is not a function of this stack.`);
    const key = routeKey(id, resolver.text(Properties.RouteKey));
    const sourceArn = `arn:aws:execute-api:${resolver.region}:${ACCOUNT_ID}:${apiId}/$default/${sourcePath(key)}`;
    if (!permissions.mayInvoke('apigateway.amazonaws.com', functionId, sourceArn)) {
      throw new Error(`${id} (${key}): no AWS::Lambda::Permission lets API Gateway invoke ${functionId}.`);
    }
    return { key, functionId, iamAuthorized: isIamAuthorized(id, Properties.AuthorizationType) };
  });
  return { apiId, routes };
}

function integratedFunction(id: string, { resources }: Assembly, resolver: Resolver): string {
  const properties = resources.get(id)?.Properties;
  if (properties?.IntegrationType !== 'AWS_PROXY' || properties.PayloadFormatVersion !== '2.0') {
    throw new Error(`${id}: the local run has Lambda proxy integrations with payload format 2.0 only.`);
  }
  return resolver.text(properties.IntegrationUri);
}

function routeKey(id: string, key: string): string {
  if (key === '$default' || /^(?!ANY )[A-Z]+ \/[^+]*$/.test(key)) return key;
  throw new Error(`${id}: the local run does not support the route ${key}.`);
}

function isIamAuthorized(id: string, type: unknown): boolean {
  if (type === undefined || type === 'NONE') return false;
  if (type === 'AWS_IAM') return true;
  throw new Error(`${id}: the local run does not support the authorization type ${String(type)}.`);
}

const sourcePath = (key: string) => (key === '$default' ? '$default' : key.replace(' ', ''));

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
