import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DescribeUserCommand, IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { DescribePolicyCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetRoleCredentialsCommand, SSOClient } from '@aws-sdk/client-sso';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type LocalStack, startLocalStack } from '../../../local/stack.ts';
import { createResolver } from '../../../local/template/intrinsics.ts';
import { signed } from '../../support/callers.ts';
import { resources as messaging, until } from '../messaging/messaging-stack.ts';
import { arnOf, assemblyOf, type Resources } from '../template/assembly-of.ts';

const code = `exports.handler = async (event) => {
  if (event.routeKey) return { path: event.rawPath, caller: event.requestContext.authorizer?.iam.userArn };
  if (!event.Records) return console.log('scheduled ' + event.source);
  for (const { body, attributes } of event.Records) console.log('record ' + body + ' ' + attributes.ApproximateReceiveCount);
  throw new Error('no good');
};`;

const resources: Resources = {
  ...messaging,
  Fn: {
    Type: 'AWS::Lambda::Function',
    Properties: { Code: { S3Key: 'abc.zip' }, Handler: 'index.handler', Runtime: 'nodejs24.x', Timeout: 10 },
  },
  Key: { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true } },
  Table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
    },
  },
  Scp: {
    Type: 'AWS::Organizations::Policy',
    Properties: {
      Name: 'Deny',
      Type: 'SERVICE_CONTROL_POLICY',
      Content: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
      },
    },
  },
  Registrar: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { AWS: '*' },
            Condition: { StringEquals: { 'sts:RoleSessionName': `\${${'identitystore:UserId'}}` } },
          },
        ],
      },
    },
  },
  Alarm: { Type: 'AWS::CloudWatch::Alarm' },
  Api: { Type: 'AWS::ApiGatewayV2::Api' },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: { IntegrationType: 'AWS_PROXY', IntegrationUri: arnOf('Fn'), PayloadFormatVersion: '2.0' },
  },
  Route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: { Ref: 'Api' },
      RouteKey: '$default',
      AuthorizationType: 'AWS_IAM',
      Target: 'integrations/Integration',
    },
  },
  Permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: arnOf('Fn'),
      Principal: 'apigateway.amazonaws.com',
    },
  },
};

let directory: string;
let stack: LocalStack;
let now: number;
let lines: string[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'aws-calls-test-'));
  const write = (file: string, content: unknown) =>
    writeFileSync(join(directory, file), JSON.stringify(content));
  write('manifest.json', {
    artifacts: {
      Stack: { type: 'aws:cloudformation:stack', properties: { templateFile: 'template.json' } },
      Assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
    },
  });
  write('assets.json', { files: { abc: { source: { path: 'asset', packaging: 'zip' } } } });
  write('template.json', { Resources: resources });
  mkdirSync(join(directory, 'asset'));
  writeFileSync(join(directory, 'asset', 'index.js'), code);
  [now, lines] = [Date.UTC(2026, 0, 2), []];
  const output = (line: string) => void lines.push(line);
  stack = await startLocalStack({ assembly: directory, port: 0, env: {}, output, clock: () => now });
});
afterAll(async () => {
  await stack.close();
  rmSync(directory, { recursive: true });
});

const config = () => ({
  endpoint: stack.url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  maxAttempts: 1,
});

async function putEvents(...Entries: object[]) {
  const headers = { 'x-amz-target': 'AWSEvents.PutEvents', 'content-type': 'application/x-amz-json-1.1' };
  const response = await fetch(stack.url, { method: 'POST', headers, body: JSON.stringify({ Entries }) });
  return { status: response.status, json: Object(await response.json()) };
}

const removal = { Source: 'offboarding', DetailType: 'User Removed', Detail: '{"userId":"u"}' };

describe('the port of the API', () => {
  it('also answers SQS, KMS, the identity store and DynamoDB', async () => {
    const { userId: UserId } = stack.users.create({ userName: 'alice' });
    const store = new IdentitystoreClient(config());
    const user = await store.send(new DescribeUserCommand({ IdentityStoreId: 'd-1234567890', UserId }));
    expect(user.UserName).toBe('alice');
    const kms = new KMSClient(config());
    const KeyId = createResolver(assemblyOf(resources), 'us-east-1').ref('Key');
    const key = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    expect(key.Plaintext).toHaveLength(32);
    const sqs = new SQSClient(config());
    const received = await sqs.send(new ReceiveMessageCommand({ QueueUrl: stack.queues.RuleDead?.url }));
    expect(received.Messages).toBeUndefined();
    const dynamo = new DynamoDBClient(config());
    const TableName = stack.tables.Table;
    await dynamo.send(new PutItemCommand({ TableName, Item: { a: { S: 'ü' } } }));
    expect((await dynamo.send(new ScanCommand({ TableName }))).Items).toEqual([{ a: { S: 'ü' } }]);
    for (const client of [store, kms, sqs, dynamo]) client.destroy();
  });

  it('also answers Organizations and STS', async () => {
    const organizations = new OrganizationsClient(config());
    const [PolicyId] = stack.emulator.organizations.all().map(({ policyId }) => policyId);
    const { Policy } = await organizations.send(new DescribePolicyCommand({ PolicyId }));
    expect(Policy).toMatchObject({
      PolicySummary: { Name: 'Deny' },
      Content: expect.stringContaining('"Deny"'),
    });
    const sts = new STSClient(config());
    const role = { RoleArn: 'arn:aws:iam::111122223333:role/writer', RoleSessionName: 'local' };
    const { Credentials } = await sts.send(new AssumeRoleCommand(role));
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA/);
    for (const client of [organizations, sts]) client.destroy();
  });

  it('identifies a caller by the role credentials of portal and STS, and checks the trust policy of the role', async () => {
    const { accessToken } = stack.emulator.signIns.signIn({ userName: 'jane' });
    const UserId = stack.users.find('jane')?.userId ?? '';
    const portal = new SSOClient({ ...config(), endpoint: stack.endpoints.AWS_ENDPOINT_URL_SSO ?? '' });
    const input = { accessToken, accountId: '111122223333', roleName: 'Developer' };
    const { roleCredentials } = await portal.send(new GetRoleCredentialsCommand(input));
    const { accessKeyId = '', secretAccessKey = '', sessionToken = '' } = roleCredentials ?? {};
    const sts = new STSClient({ ...config(), credentials: { accessKeyId, secretAccessKey, sessionToken } });
    const RoleArn = createResolver(assemblyOf(resources), 'us-east-1').attribute('Registrar', 'Arn');
    const assume = (RoleSessionName: string) => sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
    await expect(assume('somebody-else')).rejects.toMatchObject({ name: 'AccessDenied' });
    const { Credentials } = await assume(UserId);
    const keys = { accessKeyId: Credentials?.AccessKeyId, sessionToken: Credentials?.SessionToken };
    const response = await fetch(`${stack.url}/sessions`, { headers: signed('execute-api', keys) });
    expect(await response.json()).toMatchObject({
      caller: `arn:aws:sts::000000000000:assumed-role/Registrar/${UserId}`,
    });
    for (const client of [portal, sts]) client.destroy();
  });

  it('refuses a service that is not emulated', async () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=a/20260102/us-east-1/cloudtrail/aws4_request, Signature=b';
    const response = await fetch(stack.url, { headers: { authorization } });
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([400, 'NotEmulated']);
  });

  it.each([
    ['unsigned', {}],
    [
      'signed for the API',
      { authorization: 'AWS4-HMAC-SHA256 Credential=a/20260102/us-east-1/execute-api/aws4_request' },
    ],
    ['with a bearer token', { authorization: 'Bearer x' }],
  ])('treats a request %s as one of the API', async (_, headers) => {
    const response = await fetch(`${stack.url}/sessions`, { headers });
    expect(await response.json()).toMatchObject({ path: '/sessions' });
  });
});

describe('PutEvents', () => {
  it('refuses malformed entries, and sources of AWS and of partners, one by one', async () => {
    const notAuthorized = {
      ErrorCode: 'NotAuthorizedForSourceException',
      ErrorMessage: 'Not authorized for the source.',
    };
    const { status, json } = await putEvents(
      { ...removal, DetailType: 'Ignored', Source: 'aws-like' },
      { ...removal, Source: 'aws.identitystore' },
      { ...removal, Source: 'aws.partner/okta.com/a/b', EventBusName: 'aws.partner/okta.com/a/b' },
      { ...removal, Detail: '{' },
      { ...removal, Detail: '[]' },
      { ...removal, Source: '' },
    );
    expect(status).toBe(200);
    expect(json).toEqual({
      FailedEntryCount: 5,
      Entries: [
        { EventId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        notAuthorized,
        notAuthorized,
        { ErrorCode: 'MalformedDetail', ErrorMessage: expect.any(String) },
        { ErrorCode: 'MalformedDetail', ErrorMessage: expect.any(String) },
        { ErrorCode: 'InvalidArgument', ErrorMessage: expect.stringContaining('Source') },
      ],
    });
  });

  it.each([[[]], [Array.from({ length: 11 }, () => removal)]])(
    'refuses zero entries and more than ten',
    async (entries) => {
      expect(await putEvents(...entries)).toMatchObject({
        status: 400,
        json: { __type: 'ValidationException' },
      });
    },
  );

  it('delivers an event by rule and queue to the function, and finally to the dead-letter queue', async () => {
    const { json } = await putEvents({ ...removal, Time: 1_767_322_800, Resources: ['arn:x'] });
    const records = () => lines.filter((line) => line.startsWith('record '));
    await until(() => records().length === 1);
    for (let times = 1; times <= 2; times += 1) {
      await until(
        () => stack.queues.Jobs?.counts().inFlight === 1 && lines.some((line) => line.includes('no good')),
      );
      now += 60_000;
      await until(() => records().length === 2);
    }
    await until(() => stack.queues.Dead?.counts().visible === 1);
    expect(stack.queues.Dead).toMatchObject({ isForDeadLetters: true });
    const [letter] = stack.emulator.queues.byUrl('Dead')?.receive(1) ?? [];
    expect(JSON.parse(letter?.body ?? '')).toEqual({
      version: '0',
      id: json.Entries[0].EventId,
      'detail-type': 'User Removed',
      source: 'offboarding',
      account: '000000000000',
      time: '2026-01-02T03:00:00Z',
      region: 'us-east-1',
      resources: ['arn:x'],
      detail: { userId: 'u' },
    });
  });
});

it('runs a schedule of the template on demand', async () => {
  await stack.schedules.run('Sweep');
  expect(lines).toContain('scheduled aws.events');
});
