import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { assembly } from '../support/synth.ts';

const template = Template.fromJSON(
  JSON.parse(readFileSync(join(assembly, 'SessionRevocation.template.json'), 'utf8')),
);

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

/** What each function may do, as `Action on LogicalId`, from the policies of its role alone. */
function permissions(): Record<string, string[]> {
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  const functions = Object.values(template.findResources('AWS::Lambda::Function'));
  return Object.fromEntries(
    functions.map(({ Properties: { Role, Environment } }) => {
      const role: string = Role['Fn::GetAtt'][0];
      const own = policies.filter(({ Properties }) =>
        Properties.Roles.some((of: { Ref: string }) => of.Ref === role),
      );
      const statements: Statement[] = own.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
      const granted = statements.flatMap(({ Action, Resource }) =>
        [Action]
          .flat()
          .flatMap((action) => [Resource].flat().map((resource) => `${action} on ${nameOf(resource)}`)),
      );
      return [Environment.Variables.POWERTOOLS_SERVICE_NAME, granted.sort()];
    }),
  );
}

function nameOf(resource: unknown): string {
  const text = JSON.stringify(resource);
  const [, name = text] = /"SessionRevocation(TokenCacheTable|RecordsTable|\w+Logs)/.exec(text) ?? [];
  return text.includes('/index/') ? `${name}/index` : name;
}

test('each function may do what it does, and nothing else', () => {
  const logs = (name: string) => [`logs:CreateLogStream on ${name}`, `logs:PutLogEvents on ${name}`];
  expect(permissions()).toEqual({
    revoke: [
      'dynamodb:DeleteItem on TokenCacheTable',
      'dynamodb:PutItem on RecordsTable',
      'dynamodb:Query on RecordsTable',
      'dynamodb:Query on TokenCacheTable/index',
      ...logs('RevokeLogs'),
    ],
    'read-revocation': ['dynamodb:Query on RecordsTable', ...logs('ReadRevocationLogs')],
    'unknown-route': logs('UnknownRouteLogs'),
  });
});

test('no role has more than its own policy', () => {
  for (const { Properties } of Object.values(template.findResources('AWS::IAM::Role'))) {
    expect(Properties.ManagedPolicyArns).toBeUndefined();
    expect(Properties.Policies).toBeUndefined();
  }
});

test('every route is authorized by IAM, and the stage throttles', () => {
  const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(
    ({ Properties }) => Properties,
  );
  expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual([
    '$default',
    'GET /revocations/{revocationId}',
    'POST /revocations',
  ]);
  for (const { AuthorizationType } of routes) expect(AuthorizationType).toBe('AWS_IAM');
  template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
    DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
  });
});

test('functions run on Node.js 24 and arm64, within the 30 seconds of API Gateway', () => {
  const functions = template.findResources('AWS::Lambda::Function');
  expect(Object.keys(functions)).toHaveLength(3);
  template.allResourcesProperties('AWS::Lambda::Function', {
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Timeout: 29,
  });
});

test('tables are on demand, encrypted by KMS, recoverable, kept, and expire by expiresAt', () => {
  template.resourceCountIs('AWS::DynamoDB::GlobalTable', 2);
  template.allResources('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'Retain',
    Properties: Match.objectLike({
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      Replicas: [
        Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }),
      ],
    }),
  });
});

test('the key of the tokens rotates and is kept', () => {
  template.hasResource('AWS::KMS::Key', {
    DeletionPolicy: 'Retain',
    Properties: { EnableKeyRotation: true },
  });
});

test('every log group has a retention', () => {
  template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
});

test('nothing has a physical name, so that the stack can be deployed twice', () => {
  const resources: Record<string, { Type: string; Properties: object }> = template.toJSON().Resources;
  const names = ['TableName', 'FunctionName', 'RoleName', 'LogGroupName', 'AliasName'];
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    // A permission names the function it is for.
    if (Type === 'AWS::Lambda::Permission') continue;
    expect({ id, named: names.filter((name) => name in Properties) }).toEqual({ id, named: [] });
  }
});

test('the API address is an output', () => {
  template.hasOutput('ApiUrl', {});
});
