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
      return [Environment.Variables.POWERTOOLS_SERVICE_NAME, [...new Set(granted)].sort()];
    }),
  );
}

function nameOf(resource: unknown): string {
  const text = JSON.stringify(resource);
  const known =
    /"SessionRevocation(TokenCacheTable|TokenCacheKey|RecordsTable|RevocationsQueue|BulkQueue|ReportsQueue|DenyListTable|DenyListQueue|DenyListPolicy|\w+Logs)|:(identitystore):/;
  const [, ours, service] = known.exec(text) ?? [];
  const name = ours ?? service ?? text;
  return text.includes('/index/') ? `${name}/index` : name;
}

test('each function may do what it does, and nothing else', () => {
  const logs = (name: string) => [`logs:CreateLogStream on ${name}`, `logs:PutLogEvents on ${name}`];
  const on = (resource: string, ...actions: string[]) => actions.map((action) => `${action} on ${resource}`);
  const dynamo = (resource: string, ...actions: string[]) =>
    on(resource, ...actions.map((a) => `dynamodb:${a}`));
  const reads = (queue: string) =>
    on(
      queue,
      ...[
        'ChangeMessageVisibility',
        'DeleteMessage',
        'GetQueueAttributes',
        'GetQueueUrl',
        'ReceiveMessage',
      ].map((action) => `sqs:${action}`),
    );
  const changesTheDenyList = [
    ...dynamo('DenyListTable', 'UpdateItem'),
    ...on('DenyListQueue', 'sqs:SendMessage'),
  ];
  const registers = [
    ...dynamo('TokenCacheTable', 'DeleteItem', 'GetItem', 'PutItem', 'Query'),
    ...dynamo('TokenCacheTable/index', 'Query'),
    ...dynamo('RecordsTable', 'PutItem', 'Query'),
    ...on('TokenCacheKey', 'kms:GenerateDataKey'),
    ...on('identitystore', 'identitystore:DescribeUser'),
    ...on('ReportsQueue', 'sqs:SendMessage'),
  ];
  const expected = {
    revoke: [
      ...dynamo('TokenCacheTable', 'BatchWriteItem', 'DeleteItem', 'PutItem', 'Query', 'UpdateItem'),
      ...dynamo('TokenCacheTable/index', 'Query'),
      ...dynamo('RecordsTable', 'PutItem', 'Query', 'UpdateItem'),
      ...on('TokenCacheKey', 'kms:Decrypt', 'kms:GenerateDataKey'),
      ...on('identitystore', 'identitystore:GetUserId'),
      ...on('RevocationsQueue', 'sqs:SendMessage'),
      ...changesTheDenyList,
      ...logs('RevokeLogs'),
    ],
    'revoke-everyone': [
      ...dynamo('TokenCacheTable', 'PutItem'),
      ...dynamo('RecordsTable', 'PutItem', 'Query'),
      ...on('BulkQueue', 'sqs:SendMessage'),
      ...logs('RevokeEveryoneLogs'),
    ],
    'read-revocation': [...dynamo('RecordsTable', 'Query'), ...logs('ReadRevocationLogs')],
    'list-revocations': [
      ...dynamo('RecordsTable', 'Query'),
      ...dynamo('RecordsTable/index', 'Query'),
      ...logs('ListRevocationsLogs'),
    ],
    'register-own-session': [
      ...registers,
      ...on('identitystore', 'identitystore:GetUserId'),
      ...logs('RegisterOwnSessionLogs'),
    ],
    'register-session': [...registers, ...logs('RegisterSessionLogs')],
    'list-sessions': [...dynamo('TokenCacheTable', 'Query'), ...logs('ListSessionsLogs')],
    work: [
      ...dynamo(
        'TokenCacheTable',
        ...['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'],
      ),
      ...dynamo('RecordsTable', 'PutItem', 'Query', 'UpdateItem'),
      ...on('TokenCacheKey', 'kms:Decrypt', 'kms:GenerateDataKey'),
      ...on('identitystore', 'identitystore:DescribeUser', 'identitystore:GetUserId'),
      ...['RevocationsQueue', 'BulkQueue', 'ReportsQueue'].flatMap(reads),
      ...['RevocationsQueue', 'BulkQueue'].flatMap((queue) => on(queue, 'sqs:SendMessage')),
      ...changesTheDenyList,
      ...dynamo('DenyListTable', 'Query'),
      ...logs('WorkerLogs'),
    ],
    'lift-denial': [
      ...changesTheDenyList,
      ...dynamo('DenyListTable', 'Query'),
      ...dynamo('TokenCacheTable', 'UpdateItem'),
      ...logs('LiftDenialLogs'),
    ],
    reconcile: [
      ...dynamo('DenyListTable', 'Scan', 'UpdateItem'),
      ...dynamo('RecordsTable', 'UpdateItem'),
      ...on('DenyListPolicy', 'organizations:DescribePolicy', 'organizations:UpdatePolicy'),
      ...reads('DenyListQueue'),
      ...logs('ReconcileLogs'),
    ],
    sweep: [
      ...dynamo('TokenCacheTable', 'GetItem', 'PutItem', 'Query', 'Scan'),
      ...on('identitystore', 'identitystore:DescribeUser'),
      ...on('ReportsQueue', 'sqs:SendMessage'),
      ...logs('SweepLogs'),
    ],
    'unknown-route': logs('UnknownRouteLogs'),
  };
  const sorted = Object.entries(expected).map(([fn, grants]) => [fn, grants.toSorted()]);
  expect(permissions()).toEqual(Object.fromEntries(sorted));
});

test('no function may delete a record, by whatever action', () => {
  const deleting = /^dynamodb:(DeleteItem|BatchWriteItem|PartiQL\w*|TransactWriteItems|\*) on RecordsTable/;
  expect(
    Object.values(permissions())
      .flat()
      .filter((grant) => deleting.test(grant)),
  ).toEqual([]);
});

test('whoever lists or scans is kept from the ciphertext', () => {
  const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
    ({ Properties }): { Action: string | string[]; Condition?: Record<string, Record<string, unknown>> }[] =>
      Properties.PolicyDocument.Statement,
  );
  const projected = statements.flatMap(
    ({ Condition }) => Condition?.['ForAllValues:StringEquals']?.['dynamodb:Attributes'] ?? [],
  );
  expect(projected).toContain('registeredAt');
  expect(projected).not.toContain('ciphertext');
});

test('no role has more than its own policy', () => {
  for (const { Properties } of Object.values(template.findResources('AWS::IAM::Role'))) {
    expect(Properties.ManagedPolicyArns).toBeUndefined();
    expect(Properties.Policies).toBeUndefined();
  }
});

test('every route is authorized by IAM, without scopes', () => {
  const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(
    ({ Properties }) => Properties,
  );
  expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual([
    '$default',
    'DELETE /deny-list/{userId}',
    'GET /revocations',
    'GET /revocations/{revocationId}',
    'GET /sessions',
    'POST /revocations',
    'POST /revocations/everyone',
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
    'DELETE /deny-list/{userId}': limit(5, 10),
    'GET /revocations': limit(20, 40),
    'GET /revocations/{revocationId}': limit(20, 40),
    'GET /sessions': limit(20, 40),
    'POST /revocations': limit(20, 40),
    'POST /revocations/everyone': limit(1, 2),
    'PUT /sessions': limit(20, 40),
    'PUT /users/{userId}/sessions': limit(20, 40),
  });
  expect(Object.keys(stage?.Properties.RouteSettings).sort()).toEqual(
    routes.map(([, { Properties }]) => Properties.RouteKey).sort(),
  );
  expect(stage?.DependsOn).toEqual(expect.arrayContaining(routes.map(([id]) => id)));
});

test('functions run on Node.js 24 and arm64; those behind the API within its 30 seconds', () => {
  const functions = Object.values(template.findResources('AWS::Lambda::Function')).map(
    ({ Properties }) => Properties,
  );
  template.allResourcesProperties('AWS::Lambda::Function', {
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
  });
  const timeouts = functions.map(({ Environment, Timeout }) => [
    Environment.Variables.POWERTOOLS_SERVICE_NAME,
    Timeout,
  ]);
  const { work, sweep, reconcile, ...behindApi } = Object.fromEntries(timeouts);
  expect({ work, sweep, reconcile }).toEqual({ work: 60, sweep: 300, reconcile: 30 });
  expect(new Set(Object.values(behindApi))).toEqual(new Set([29]));
});

test('each of the three queues feeds the worker, hides a message six times as long as it may take, and tries it twelve times', () => {
  const [worker = ''] = Object.keys(
    template.findResources('AWS::Lambda::Function', {
      Properties: { Environment: { Variables: { POWERTOOLS_SERVICE_NAME: 'work' } } },
    }),
  );
  const queues = template.findResources('AWS::SQS::Queue', {
    Properties: { VisibilityTimeout: 360, RedrivePolicy: Match.objectLike({ maxReceiveCount: 12 }) },
  });
  expect(Object.keys(queues)).toEqual(
    ['Revocations', 'Bulk', 'Reports'].map((name) =>
      expect.stringMatching(`^SessionRevocation${name}Queue\\w{8}$`),
    ),
  );
  const [removals, bulk, reports] = Object.keys(queues);
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: {
        POWERTOOLS_SERVICE_NAME: 'work',
        REMOVALS_QUEUE_URL: { Ref: removals },
        BULK_QUEUE_URL: { Ref: bulk },
        REPORTS_QUEUE_URL: { Ref: reports },
      },
    },
  });
  for (const [id, { Properties }] of Object.entries(queues)) {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [id, 'Arn'] },
      FunctionName: { Ref: worker },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    const [deadLetters] = Properties.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'];
    expect(template.findResources('AWS::SQS::Queue')[deadLetters]?.Properties).toMatchObject({
      MessageRetentionPeriod: 14 * 86_400,
    });
  }
});

test('removal events go to the queue of removals', () => {
  const targets = Object.values(template.findResources('AWS::Events::Rule'))
    .filter(
      ({ Properties: { EventPattern } }) => EventPattern && EventPattern.source?.[0] !== 'aws.cloudformation',
    )
    .flatMap(({ Properties }) => Properties.Targets);
  for (const { Arn } of targets) expect(nameOf(Arn)).toBe('RevocationsQueue');
});

test('every rule that feeds the queue has a dead-letter queue, and each dead-letter queue an alarm, as have the errors of worker, sweep and reconciler, their silence, and a full policy', () => {
  const rules = Object.entries(template.findResources('AWS::Events::Rule'))
    .filter(([id, { Properties }]) => Properties.EventPattern && !id.includes('DenyList'))
    .map(([, rule]) => rule);
  expect(rules).toHaveLength(4);
  for (const { Properties } of rules)
    expect(Properties.Targets).toEqual([expect.objectContaining({ DeadLetterConfig: expect.anything() })]);
  template.resourceCountIs('AWS::CloudWatch::Alarm', 10);
});

test('tables are on demand, encrypted by KMS, recoverable, kept, and expire by expiresAt', () => {
  template.resourceCountIs('AWS::DynamoDB::GlobalTable', 3);
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
  const resources: Record<string, { Properties: Record<string, unknown> }> = template.toJSON().Resources;
  const names = [
    'TableName',
    'FunctionName',
    'QueueName',
    'RoleName',
    'LogGroupName',
    'AliasName',
    'AlarmName',
  ];
  for (const [id, { Properties }] of Object.entries(resources)) {
    // A name that is a reference is somebody else's: a permission's function, say.
    const named = names.filter((name) => typeof Properties[name] === 'string');
    expect({ id, named }).toEqual({ id, named: [] });
  }
});

test('the API address is an output', () => {
  template.hasOutput('ApiUrl', {});
});

test('PUT /sessions is made after the route that had this key before', () => {
  const routes = Object.entries(template.findResources('AWS::ApiGatewayV2::Route'));
  const idOf = (key: string) => routes.find(([, { Properties }]) => Properties.RouteKey === key)?.[0];
  const [, own] = routes.find(([, { Properties }]) => Properties.RouteKey === 'PUT /sessions') ?? [];
  expect(own?.DependsOn).toContain(idOf('PUT /users/{userId}/sessions'));
});
