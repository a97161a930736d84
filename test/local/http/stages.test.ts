import { describeHttpApis } from '../../../local/http/http-routes.ts';
import { createResolver } from '../../../local/template/intrinsics.ts';
import { arnOf, assemblyOf, type Resources } from '../template/assembly-of.ts';

const route = (key: string, more: object = {}) => ({
  Type: 'AWS::ApiGatewayV2::Route',
  Properties: {
    ApiId: { Ref: 'Api' },
    RouteKey: key,
    AuthorizationType: 'AWS_IAM',
    Target: 'integrations/Integration',
    ...more,
  },
});

const resources: Resources = {
  Fn: { Type: 'AWS::Lambda::Function' },
  Api: { Type: 'AWS::ApiGatewayV2::Api' },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: { IntegrationType: 'AWS_PROXY', IntegrationUri: arnOf('Fn'), PayloadFormatVersion: '2.0' },
  },
  Put: route('PUT /sessions'),
  Get: route('GET /sessions'),
  Permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: arnOf('Fn'),
      Principal: 'apigateway.amazonaws.com',
    },
  },
};

const throttle = { ThrottlingBurstLimit: 1, ThrottlingRateLimit: 2, DetailedMetricsEnabled: false };

function describeWith(changes: Resources) {
  const assembly = assemblyOf({ ...resources, ...changes });
  return describeHttpApis(assembly, createResolver(assembly, 'us-east-1')).iam;
}

const stage = (properties: object, more: object = { DependsOn: ['Put'] }) => ({
  Stage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', ...properties },
    ...more,
  },
});

it('a stage may throttle all routes, and one route separately', () => {
  const throttled = { DefaultRouteSettings: throttle, RouteSettings: { 'PUT /sessions': throttle } };
  for (const DependsOn of [['Get', 'Put'], 'Put']) {
    const { routes } = describeWith({
      ...stage({ ...throttled, AutoDeploy: true, AccessLogSettings: {} }, { DependsOn }),
    });
    expect(routes.map(({ key }) => key)).toEqual(['PUT /sessions', 'GET /sessions']);
  }
});

it.each([
  ['a path', { StageName: 'v1' }, 'Stage: the local run has the $default stage only.'],
  [
    'a property that is not known here',
    { StageVariables: {} },
    'Stage: the local run does not support StageVariables.',
  ],
  [
    'settings of a route that there is not',
    { RouteSettings: { 'POST /x': throttle } },
    'names POST /x, which is no route',
  ],
  [
    'settings of a route that may come after it',
    { RouteSettings: { 'GET /sessions': throttle } },
    'names GET /sessions, so the stage needs a DependsOn for Get.',
  ],
  [
    'a setting of a route that is not known here',
    { RouteSettings: { 'PUT /sessions': { DataTraceEnabled: true } } },
    'Stage, PUT /sessions: the local run does not support DataTraceEnabled.',
  ],
  [
    'a setting of all routes that is not known here',
    { DefaultRouteSettings: { LoggingLevel: 'INFO' } },
    'Stage: the local run does not support LoggingLevel.',
  ],
])('a stage with %s is refused', (_, properties, message) => {
  expect(() => describeWith(stage(properties))).toThrow(message);
});

it('a route with an unknown property is refused', () => {
  const changes = { Put: route('PUT /sessions', { ModelSelectionExpression: 'x' }) };
  expect(() => describeWith(changes)).toThrow(
    'Put: the local run does not support ModelSelectionExpression.',
  );
});
