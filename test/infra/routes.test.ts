import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { assembly } from '../support/synth.ts';

const template = Template.fromJSON(
  JSON.parse(readFileSync(join(assembly, 'SessionRevocation.template.json'), 'utf8')),
);

test('every route is authorized by IAM, without scopes', () => {
  const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(
    ({ Properties }) => Properties,
  );
  expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual([
    '$default',
    'DELETE /deny-list/everyone',
    'DELETE /deny-list/{userId}',
    'GET /revocations',
    'GET /revocations/{revocationId}',
    'GET /sessions',
    'HEAD /revocations',
    'HEAD /revocations/{revocationId}',
    'HEAD /sessions',
    'POST /revocations',
    'POST /revocations/everyone',
    'POST /revocations/{revocationId}/restore-access',
    'PUT /sessions',
    'PUT /users/{userId}/sessions',
  ]);
  for (const { AuthorizationType, AuthorizationScopes } of routes) {
    expect([AuthorizationType, AuthorizationScopes]).toEqual(['AWS_IAM', undefined]);
  }
});

test('every route has a throttle of its own, and the stage is made after all routes', () => {
  const routes = Object.entries(template.findResources('AWS::ApiGatewayV2::Route'));
  const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
  const limit = (rate: number, burst: number) => ({ ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst });
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
  expect(Object.keys(stage?.Properties.RouteSettings).sort()).toEqual(
    routes.map(([, { Properties }]) => Properties.RouteKey).sort(),
  );
  expect(stage?.DependsOn).toEqual(expect.arrayContaining(routes.map(([id]) => id)));
});

test('PUT /sessions is made after the route that had this key before', () => {
  const routes = Object.entries(template.findResources('AWS::ApiGatewayV2::Route'));
  const idOf = (key: string) => routes.find(([, { Properties }]) => Properties.RouteKey === key)?.[0];
  const [, own] = routes.find(([, { Properties }]) => Properties.RouteKey === 'PUT /sessions') ?? [];
  expect(own?.DependsOn).toContain(idOf('PUT /users/{userId}/sessions'));
});

test('HEAD is answered by the function that answers GET', () => {
  const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route'));
  const targets = new Map(routes.map(({ Properties }) => [Properties.RouteKey, Properties.Target]));
  const paths = [...targets.keys()].flatMap((key) =>
    key.startsWith('GET ') ? [key.slice('GET '.length)] : [],
  );
  expect(paths).toHaveLength(3);
  for (const path of paths) expect(targets.get(`HEAD ${path}`)).toEqual(targets.get(`GET ${path}`));
});
