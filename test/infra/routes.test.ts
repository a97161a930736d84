import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { assembly } from '../support/synth.ts';

const template = Template.fromJSON(
  JSON.parse(readFileSync(join(assembly, 'SessionRevocation.template.json'), 'utf8')),
);

/** The routes of one API, by key. */
function routesOf(api: string): Map<string, { logicalId: string; Properties: Record<string, unknown> }> {
  const routes = Object.entries(template.findResources('AWS::ApiGatewayV2::Route'));
  const own = routes.filter(([, { Properties }]) => Properties.ApiId.Ref === api);
  return new Map(own.map(([logicalId, { Properties }]) => [Properties.RouteKey, { logicalId, Properties }]));
}

const { ApiUrl, JwtApiUrl } = template.toJSON().Outputs;
const [iamApi, jwtApi]: [string, string] = [ApiUrl, JwtApiUrl].map(
  ({ Value }) => Value['Fn::GetAtt'][0],
) as never;

const SCOPES = {
  // With any token, these routes answer 404 or 405 and nothing else.
  $default: undefined,
  'DELETE /deny-list/everyone': ['lift-everyone'],
  'DELETE /deny-list/{userId}': ['lift'],
  'GET /revocations': ['read'],
  'GET /revocations/{revocationId}': ['read'],
  'GET /sessions': ['read'],
  'HEAD /revocations': ['read'],
  'HEAD /revocations/{revocationId}': ['read'],
  'HEAD /sessions': ['read'],
  'POST /revocations': ['revoke'],
  'POST /revocations/everyone': ['revoke-everyone'],
  'POST /revocations/{revocationId}/restore-access': ['restore-access'],
  'PUT /sessions': ['register'],
  'PUT /users/{userId}/sessions': ['register-for-anyone'],
};

test('every route of the first API requires IAM authorization, without scopes', () => {
  const routes = routesOf(iamApi);
  expect([...routes.keys()].sort()).toEqual(Object.keys(SCOPES).sort());
  for (const { Properties } of routes.values())
    expect([Properties.AuthorizationType, Properties.AuthorizationScopes]).toEqual(['AWS_IAM', undefined]);
});

test('every route of the second API requires a JSON Web Token with the scope of that route', () => {
  const routes = [...routesOf(jwtApi)];
  expect(
    Object.fromEntries(routes.map(([key, { Properties }]) => [key, Properties.AuthorizationScopes])),
  ).toEqual(SCOPES);
  for (const [, { Properties }] of routes) expect(Properties.AuthorizationType).toBe('JWT');
});

test('both APIs lead to the same functions', () => {
  const functionsOf = (api: string) =>
    Object.fromEntries(
      [...routesOf(api)].map(([key, { Properties }]) => {
        const integration = JSON.stringify(Properties.Target).match(/"Ref":"(\w+)"/)?.[1] ?? '';
        return [key, template.toJSON().Resources[integration].Properties.IntegrationUri];
      }),
    );
  expect(functionsOf(jwtApi)).toEqual(functionsOf(iamApi));
});

test.each([
  ['IAM', iamApi],
  ['tokens', jwtApi],
])(
  'in the API for %s, every route has its own throttle, and the stage is created after all routes',
  (_, api) => {
    const routes = [...routesOf(api)];
    const stages = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
    const stage = stages.find(({ Properties }) => Properties.ApiId.Ref === api);
    const limit = (rate: number, burst: number) => ({
      ThrottlingRateLimit: rate,
      ThrottlingBurstLimit: burst,
    });
    expect(stage?.Properties.DefaultRouteSettings).toEqual(limit(2, 5));
    expect(stage?.Properties.RouteSettings).toEqual({
      $default: limit(2, 5),
      'DELETE /deny-list/everyone': limit(1, 2),
      'DELETE /deny-list/{userId}': limit(5, 10),
      'GET /revocations': limit(20, 40),
      'GET /revocations/{revocationId}': limit(20, 40),
      'GET /sessions': limit(20, 40),
      'HEAD /revocations': limit(20, 40),
      'HEAD /revocations/{revocationId}': limit(20, 40),
      'HEAD /sessions': limit(20, 40),
      'POST /revocations': limit(20, 40),
      'POST /revocations/everyone': limit(1, 2),
      'POST /revocations/{revocationId}/restore-access': limit(1, 5),
      'PUT /sessions': limit(20, 40),
      'PUT /users/{userId}/sessions': limit(20, 40),
    });
    expect(Object.keys(stage?.Properties.RouteSettings).sort()).toEqual(routes.map(([key]) => key).sort());
    expect(stage?.DependsOn).toEqual(expect.arrayContaining(routes.map(([, { logicalId }]) => logicalId)));
  },
);

test('PUT /sessions is created after the route that had its key before', () => {
  const routes = routesOf(iamApi);
  const own = template.toJSON().Resources[routes.get('PUT /sessions')?.logicalId ?? ''];
  expect(own.DependsOn).toContain(routes.get('PUT /users/{userId}/sessions')?.logicalId);
});

test.each([iamApi, jwtApi])('in %s, HEAD leads to the same function as GET', (api) => {
  const targets = new Map([...routesOf(api)].map(([key, { Properties }]) => [key, Properties.Target]));
  const paths = [...targets.keys()].flatMap((key) =>
    key.startsWith('GET ') ? [key.slice('GET '.length)] : [],
  );
  expect(paths).toHaveLength(3);
  for (const path of paths) expect(targets.get(`HEAD ${path}`)).toEqual(targets.get(`GET ${path}`));
});
