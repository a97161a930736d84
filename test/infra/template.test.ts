import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { assembly } from '../support/synth.ts';

const template = Template.fromJSON(
  JSON.parse(readFileSync(join(assembly, 'SessionRevocation.template.json'), 'utf8')),
);

test('functions run on Node.js 24 and arm64, and those behind the API time out within its 30 seconds', () => {
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
  const {
    work,
    sweep,
    reconcile,
    'end-assignments': ending,
    'remove-access': removing,
    tell,
    ...behindApi
  } = Object.fromEntries(timeouts);
  expect({ work, sweep, reconcile }).toEqual({ work: 60, sweep: 780, reconcile: 30 });
  expect({ ending, removing, tell }).toEqual({ ending: 60, removing: 60, tell: 60 });
  expect(new Set(Object.values(behindApi))).toEqual(new Set([29]));
});

test('only the three functions that send messages to their own queues may exceed 16 hops', () => {
  const allowed = template.findResources('AWS::Lambda::Function', { Properties: { RecursiveLoop: 'Allow' } });
  const names = Object.values(allowed).map(({ Properties }) => Properties.Environment.Variables);
  expect(names.map(({ POWERTOOLS_SERVICE_NAME }) => POWERTOOLS_SERVICE_NAME)).toEqual([
    'work',
    'remove-access',
    'reconcile',
  ]);
});

test('no function reserves concurrency, which AWS refuses in a new account', () => {
  const reserving = template.findResources('AWS::Lambda::Function', {
    Properties: { ReservedConcurrentExecutions: Match.anyValue() },
  });
  expect(reserving).toEqual({});
});

test("each queue feeds its function, hides a message for six times the function's timeout, and delivers it up to twelve times", () => {
  const queues = template.findResources('AWS::SQS::Queue', {
    Properties: { VisibilityTimeout: 360, RedrivePolicy: Match.objectLike({ maxReceiveCount: 12 }) },
  });
  expect(Object.keys(queues)).toEqual(
    ['Revocations', 'Bulk', 'Reports', 'Notices', 'AccessRemovals', 'EndedAssignments'].map((name) =>
      expect.stringMatching(`^SessionRevocation${name}Queue\\w{8}$`),
    ),
  );
  const [removals, bulk, reports, notices, access, endedAssignments] = Object.keys(queues);
  const readers = {
    [String(notices)]: 'tell',
    [String(access)]: 'remove-access',
    [String(endedAssignments)]: 'end-assignments',
  };
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: {
        POWERTOOLS_SERVICE_NAME: 'work',
        REMOVALS_QUEUE_URL: { Ref: removals },
        BULK_QUEUE_URL: { Ref: bulk },
        REPORTS_QUEUE_URL: { Ref: reports },
        ACCESS_QUEUE_URL: { Ref: access },
      },
    },
  });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: {
        POWERTOOLS_SERVICE_NAME: 'end-assignments',
        ENDED_ASSIGNMENTS_QUEUE_URL: { Ref: endedAssignments },
      },
    },
  });
  for (const [id, { Properties }] of Object.entries(queues)) {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [id, 'Arn'] },
      FunctionName: { Ref: functionOf(readers[id] ?? 'work') },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    const [deadLetters] = Properties.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'];
    expect(template.findResources('AWS::SQS::Queue')[deadLetters]?.Properties).toMatchObject({
      MessageRetentionPeriod: 14 * 86_400,
    });
  }
});

/** The logical id of the function with this handler. */
function functionOf(handler: string): string | undefined {
  const Properties = { Environment: { Variables: { POWERTOOLS_SERVICE_NAME: handler } } };
  return Object.keys(template.findResources('AWS::Lambda::Function', { Properties }))[0];
}

test('removal events go to the queue of removals', () => {
  const targets = Object.entries(template.findResources('AWS::Events::Rule'))
    .filter(([id]) => id.includes('Removals'))
    .flatMap(([, { Properties }]) => Properties.Targets);
  for (const { Arn } of targets) expect(Arn['Fn::GetAtt'][0]).toContain('RevocationsQueue');
  expect(targets).not.toEqual([]);
});

test("every rule that feeds a queue has that queue's dead-letter queue", () => {
  const rules = Object.entries(template.findResources('AWS::Events::Rule'))
    .filter(([id, { Properties }]) => Properties.EventPattern && !id.includes('DenyList'))
    .map(([, rule]) => rule);
  expect(rules).toHaveLength(5);
  // SQS redrives only from a dead-letter queue that a queue names. One that only the rules use could not be redriven.
  const queues = template.findResources('AWS::SQS::Queue');
  for (const { Properties } of rules) {
    const [{ Arn, DeadLetterConfig }] = Properties.Targets;
    const [queue] = Arn['Fn::GetAtt'];
    expect(DeadLetterConfig.Arn).toEqual(queues[queue]?.Properties.RedrivePolicy.deadLetterTargetArn);
  }
});

test('tables are on demand, encrypted by KMS, recoverable and kept, and expire rows by expiresAt', () => {
  template.resourceCountIs('AWS::DynamoDB::GlobalTable', 3);
  template.allResources('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'RetainExceptOnCreate',
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

test('the key of the tokens is rotated and kept', () => {
  template.hasResource('AWS::KMS::Key', {
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: { EnableKeyRotation: true },
  });
});

test('every log group has a retention', () => {
  template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
});

test('no resource has a physical name, so the stack can be deployed twice', () => {
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
    // If the name is a reference, it is the name of another resource, such as a permission's function.
    const named = names.filter((name) => typeof Properties[name] === 'string');
    expect({ id, named }).toEqual({ id, named: [] });
  }
});

test('the address of each API is an output without a trailing slash, so that $API/revocations is a route', () => {
  const apis = Object.keys(template.findResources('AWS::ApiGatewayV2::Api'));
  // API Gateway's own attribute: https://{api-id}.execute-api.{region}.amazonaws.com
  const { ApiUrl, JwtApiUrl } = template.toJSON().Outputs;
  const addresses = [ApiUrl, JwtApiUrl].map(({ Value }) => Value);
  expect(addresses).toEqual(apis.map((api) => ({ 'Fn::GetAtt': [api, 'ApiEndpoint'] })));
});
