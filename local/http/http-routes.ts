import { ACCOUNT_ID } from '../ground/account.ts';
import { createPermissions } from '../permissions/resource-policies.ts';
import type { Assembly, Resource } from '../template/assembly.ts';
import { functionIds } from '../template/function-names.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { type KnownProperties, requireKnown, resourcesOf } from '../template/properties.ts';
import type { TokenRule } from './json-web-token.ts';
import { requireStages } from './stages.ts';

export interface Route {
  /** API Gateway's notation: `GET /things/{id}` or `$default`. */
  readonly key: string;
  /** Logical id of the function that answers. */
  readonly functionId: string;
  readonly iamAuthorized: boolean;
  /** What a JSON Web Token must contain; undefined on a route without a JWT authorizer. */
  readonly token?: TokenRule;
}

export interface HttpApiDescription {
  readonly apiId: string;
  readonly routes: readonly Route[];
}

const ROUTE: KnownProperties = {
  executed: ['ApiId', 'AuthorizationScopes', 'AuthorizationType', 'AuthorizerId', 'RouteKey', 'Target'],
  leftOut: ['OperationName'],
};

const AUTHORIZER: KnownProperties = {
  executed: ['ApiId', 'AuthorizerType', 'IdentitySource', 'JwtConfiguration'],
  leftOut: ['Name'],
};

/** The HTTP APIs of the template: at most one of each kind. */
export interface HttpApiDescriptions {
  /** The API without a JWT authorizer. */
  readonly iam: HttpApiDescription;
  /** The API whose routes all have a JWT authorizer. */
  readonly tokens: HttpApiDescription | undefined;
}

/**
 * Reads the template's HTTP APIs.
 *
 * @throws Error for anything in them that the local run would serve differently from API Gateway. Examples are an authorizer
 * other than IAM or JWT, an integration other than a Lambda proxy, and a stage with a path. Others are a route for any method,
 * a greedy path variable, and a function that API Gateway may not invoke
 */
export function describeHttpApis(assembly: Assembly, resolver: Resolver): HttpApiDescriptions {
  requireStages(assembly, resolver);
  const apis = resourcesOf(assembly, 'AWS::ApiGatewayV2::Api').map(([id]) =>
    describeHttpApi(resolver.ref(id), assembly, resolver),
  );
  const tokens = apis.filter(({ routes }) => routes.some(({ token }) => token));
  const [iam, ...others] = apis.filter((api) => !tokens.includes(api));
  if (!iam || others.length > 0 || tokens.length > 1) {
    throw new Error(
      `The local run needs one HTTP API without a JWT authorizer and at most one with it, not ${others.length + (iam ? 1 : 0)} and ${tokens.length}.`,
    );
  }
  if (tokens[0]?.routes.some(({ token }) => !token)) {
    throw new Error('The local run does not support an HTTP API with a JWT authorizer on some routes only.');
  }
  return { iam, tokens: tokens[0] };
}

function describeHttpApi(apiId: string, assembly: Assembly, resolver: Resolver): HttpApiDescription {
  const functions = functionIds(assembly, resolver);
  const permissions = createPermissions(assembly, resolver);
  const own = resourcesOf(assembly, 'AWS::ApiGatewayV2::Route').filter(
    ([, { Properties }]) => resolver.text(Properties.ApiId) === apiId,
  );
  const routes = own.map(([id, { Properties }]): Route => {
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
    return { key, functionId, ...authorization(id, Properties, assembly, resolver) };
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

function authorization(
  id: string,
  { AuthorizationType: type = 'NONE', AuthorizerId, AuthorizationScopes = [] }: Resource['Properties'],
  { resources }: Assembly,
  resolver: Resolver,
): Pick<Route, 'iamAuthorized' | 'token'> {
  if (type === 'NONE') return { iamAuthorized: false };
  if (type === 'AWS_IAM') return { iamAuthorized: true };
  const authorizerId = type === 'JWT' ? resolver.text(AuthorizerId) : '';
  const authorizer = resources.get(authorizerId)?.Properties;
  if (!authorizer) throw new Error(`${id}: the local run does not support the authorization type ${type}.`);
  requireKnown(authorizerId, authorizer, AUTHORIZER);
  const { AuthorizerType, IdentitySource, JwtConfiguration } = authorizer;
  if (AuthorizerType !== 'JWT' || String(IdentitySource) !== '$request.header.Authorization') {
    throw new Error(`${authorizerId}: the local run takes tokens of the header Authorization only.`);
  }
  const { Issuer, Audience } = Object(JwtConfiguration);
  const scopes = [AuthorizationScopes].flat().map((scope) => resolver.text(scope));
  const audience = [Audience ?? []].flat().map((one) => resolver.text(one));
  return { iamAuthorized: false, token: { issuer: resolver.text(Issuer), audience, scopes } };
}

const sourcePath = (key: string) => (key === '$default' ? '$default' : key.replace(' ', ''));
