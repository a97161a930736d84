import { readFileSync } from 'node:fs';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  SessionRevocation,
  type SessionRevocationProps,
  SessionRevocationStack,
  type SessionRevocationStackProps,
} from '../../infra/index.ts';
import type { Resource } from '../../local/template/assembly.ts';
import { createResolver } from '../../local/template/intrinsics.ts';
import { templateApp } from '../support/template-app.ts';

const ACCOUNT = '111122223333';
const REGION = 'eu-west-1';
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-1111-4222-8333-444455556666`;
const everything: SessionRevocationStackProps = {
  env: { account: ACCOUNT, region: REGION },
  identityStoreId: 'd-1234567890',
  instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef',
  removeAccess: true,
  roleSessions: { targets: ['r-abcd'] },
  denyEndedAssignments: true,
};
const templateOf = (props: SessionRevocationStackProps = {}) =>
  Template.fromStack(new SessionRevocationStack(templateApp(), 'Theirs', { ...everything, ...props }));

const template = templateOf({ encryptionKeyArn: KEY });

test('the key encrypts all tables, queues and logs, and no resource has a second kind of encryption', () => {
  const of = (type: string) =>
    Object.values(template.findResources(type)).map(({ Properties }) => Properties);
  for (const { SSESpecification, Replicas } of of('AWS::DynamoDB::GlobalTable')) {
    expect(SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
    for (const { SSESpecification: replica } of Replicas) expect(replica).toEqual({ KMSMasterKeyId: KEY });
  }
  for (const { KmsMasterKeyId, SqsManagedSseEnabled } of of('AWS::SQS::Queue'))
    expect([KmsMasterKeyId, SqsManagedSseEnabled]).toEqual([KEY, undefined]);
  for (const { KmsKeyId } of of('AWS::Logs::LogGroup')) expect(KmsKeyId).toBe(KEY);
  for (const type of ['AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup'])
    expect(of(type).length).toBeGreaterThan(2);
});

interface Statement {
  Action: string | string[];
  Resource: string | string[];
  Condition?: unknown;
}

/** What the role of each function may do. */
function statementsOf(from: Template): Map<string, Statement[]> {
  const resources = new Map<string, Resource>(Object.entries(from.toJSON().Resources));
  const resolver = createResolver({ stackName: 'Theirs', resources, parameters: new Map() }, REGION);
  const policies = [...resources.values()].filter(({ Type }) => Type === 'AWS::IAM::Policy');
  const functions = [...resources.values()].filter(({ Type }) => Type === 'AWS::Lambda::Function');
  return new Map(
    functions.map(({ Properties }) => {
      const { Role, Environment } = Object(Properties);
      const own = policies.filter((policy) =>
        JSON.stringify(policy).includes(`{"Ref":"${Role['Fn::GetAtt'][0]}"}`),
      );
      const documents = own.map((policy) => Object(resolver.resolve(policy.Properties.PolicyDocument)));
      return [Environment.Variables.POWERTOOLS_SERVICE_NAME, documents.flatMap(({ Statement }) => Statement)];
    }),
  );
}

const roles = [...statementsOf(template)];
const takers = Object.values(template.findResources('AWS::Lambda::EventSourceMapping')).map(
  ({ Properties }) => Properties.FunctionName.Ref,
);
const handlerOf = (id: string) =>
  template.findResources('AWS::Lambda::Function')[id]?.Properties.Environment.Variables
    .POWERTOOLS_SERVICE_NAME;

test.each(roles)(
  'the role of %s may use the key only through the services that it uses, and only for its own operations',
  (name, statements) => {
    const ofKey = statements.filter(({ Resource }) => Resource === KEY);
    const may = new Set(statements.flatMap(({ Action }) => Action));
    const [reads, writes] = [
      [...may].some((action) => action.startsWith('dynamodb:')),
      [...may].some((action) => /^dynamodb:(Put|Update|Delete|BatchWrite)/.test(action)),
    ];
    const takes = takers.map(handlerOf).includes(name);
    const via = (service: string) => ({
      StringEquals: { 'kms:ViaService': `${service}.${REGION}.amazonaws.com` },
    });
    const uses = ofKey.map(({ Action, Condition }) => ({ Condition, actions: [Action].flat() }));
    expect(uses).toHaveLength([reads, writes, may.has('sqs:SendMessage'), takes].filter(Boolean).length);
    const through = (service: string) =>
      uses
        .filter(({ Condition }) => JSON.stringify(Condition) === JSON.stringify(via(service)))
        .flatMap(({ actions }) => actions);
    expect(through('dynamodb').includes('kms:Decrypt')).toBe(reads);
    expect(through('dynamodb').includes('kms:Encrypt')).toBe(writes);
    expect(through('sqs').includes('kms:GenerateDataKey')).toBe(may.has('sqs:SendMessage'));
    expect(through('sqs').includes('kms:Decrypt')).toBe(takes || may.has('sqs:SendMessage'));
    expect(uses.map(({ Condition }) => Condition)).toEqual(
      uses.map(({ Condition }) => (JSON.stringify(Condition).includes('sqs') ? via('sqs') : via('dynamodb'))),
    );
  },
);

test.each([
  [`dynamodb.${REGION}.amazonaws.com`, 'Allowed'],
  [`sqs.${REGION}.amazonaws.com`, 'Allowed'],
  [`s3.${REGION}.amazonaws.com`, 'ImplicitlyDenied'],
  [undefined, 'ImplicitlyDenied'],
])('an IAM simulator on decrypting through %s, as the worker: %s', async (service, answer) => {
  const [, statements] = roles.find(([name]) => name === 'work') ?? [];
  const run = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/worker`,
        action: 'kms:Decrypt',
        resource: { resource: KEY, accountId: ACCOUNT },
        contextVariables: service === undefined ? {} : { 'kms:ViaService': service },
      },
      identityPolicies: [
        {
          name: 'worker',
          policy: {
            Version: '2012-10-17',
            Statement: (statements ?? []).map((one) => ({ Effect: 'Allow', ...one })),
          },
        },
      ],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      // The default policy of a key in AWS: the account's IAM policies apply.
      resourcePolicy: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
            Action: 'kms:*',
            Resource: '*',
          },
        ],
      },
    },
    {},
  );
  expect(run.resultType === 'error' ? run.errors : run.overallResult).toBe(answer);
});

test('a key of the same app gets the statements that the documentation asks for', () => {
  const stack = new Stack(templateApp(), 'Theirs', { env: { account: ACCOUNT, region: REGION } });
  const encryptionKey = new Key(stack, 'Ours');
  new SessionRevocation(stack, 'Revocation', { encryptionKey, alarmEmail: 'on-call@example.com' });
  const resources = new Map<string, Resource>(Object.entries(Template.fromStack(stack).toJSON().Resources));
  const resolver = createResolver({ stackName: 'Theirs', resources, parameters: new Map() }, REGION);
  const [, ours] = [...resources].find(([id]) => id.startsWith('Ours')) ?? [];
  const { Statement } = Object(resolver.resolve(ours?.Properties.KeyPolicy));
  const block = /```json\n(\[\s*\{\s*"Sid": "RulesSendToEncryptedQueues"[\s\S]*?\])\n```/.exec(
    readFileSync('docs/deployment.md', 'utf8'),
  );
  const documented = JSON.parse(block?.[1] ?? '[]');
  expect(Statement.slice(1)).toEqual(documented);
});

test('the tokens still have their own key, with the same policy', () => {
  const [[id, key] = []] = Object.entries(template.findResources('AWS::KMS::Key'));
  expect(key?.Properties).toEqual(templateOf().findResources('AWS::KMS::Key')[id ?? '']?.Properties);
});

describe('with alarmEmail', () => {
  const alarmEmail = 'on-call@example.com';

  test('the key encrypts the topic, and no other key is created for it', () => {
    const told = templateOf({ encryptionKeyArn: KEY, alarmEmail });
    told.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: KEY });
    told.resourceCountIs('AWS::SNS::Topic', 1);
    told.resourceCountIs('AWS::KMS::Key', 1);
  });

  test('CloudWatch may use a key of the same app only if there is a topic', () => {
    const policyOf = (props: SessionRevocationProps) => {
      const stack = new Stack(templateApp(), 'Theirs');
      new SessionRevocation(stack, 'Revocation', { encryptionKey: new Key(stack, 'Ours'), ...props });
      return JSON.stringify(Template.fromStack(stack).findResources('AWS::KMS::Key'));
    };
    expect(policyOf({ alarmEmail })).toContain('cloudwatch.amazonaws.com');
    expect(policyOf({})).not.toContain('cloudwatch.amazonaws.com');
  });
});

test('without encryptionKeyArn, all queues have one kind of encryption, and the template has no trace of a key', () => {
  templateOf().allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
  expect(JSON.stringify(templateOf().toJSON())).not.toMatch(
    /KmsMasterKeyId|KMSMasterKeyId|KmsKeyId|kms:ViaService/,
  );
});

test('a stack without a fixed account and Region accepts a key, too', () => {
  const stack = new SessionRevocationStack(templateApp(), 'Theirs', { encryptionKeyArn: KEY });
  Template.fromStack(stack).allResourcesProperties('AWS::DynamoDB::GlobalTable', {
    Replicas: [Match.objectLike({ SSESpecification: { KMSMasterKeyId: KEY } })],
  });
});

test.each<[SessionRevocationStackProps, RegExp]>([
  [{ encryptionKeyArn: 'alias/ours' }, /encryptionKeyArn must be the ARN of a key, not "alias\/ours"/],
  [
    {
      encryptionKeyArn: KEY,
      existing: {
        keyArn: KEY,
        tokenCacheTableArn: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/TokenCache`,
        revocationsTableArn: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/Revocations`,
      },
    },
    /encryptionKey must not be existing.keyArn/,
  ],
])('%j is refused', (props, message) => {
  expect(() => templateOf(props)).toThrow(message);
});
