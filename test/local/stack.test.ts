import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDynamoDb } from '../../local/emulators/dynamodb/dynamodb.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../local/stack.ts';

type Resources = Record<string, { Type: string; Properties?: Record<string, unknown> }>;

const getAtt = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const sourceArn = (path: string) => ({
  'Fn::Join': [
    '',
    [
      'arn:aws:execute-api:',
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      ':',
      { Ref: 'Api' },
      path,
    ],
  ],
});

const resources: Resources = {
  Role: { Type: 'AWS::IAM::Role' },
  Table: {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
      AttributeDefinitions: ['a', 'b'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byB',
          KeySchema: [{ AttributeName: 'b', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      Replicas: [{ Region: { Ref: 'AWS::Region' } }],
    },
  },
  Fn: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: { 'Fn::Sub': 'assets' }, S3Key: 'abc.zip' },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      MemorySize: 256,
      Environment: { Variables: { TABLE: { Ref: 'Table' } } },
    },
  },
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
  Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: '$default' } },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: { IntegrationType: 'AWS_PROXY', IntegrationUri: getAtt('Fn'), PayloadFormatVersion: '2.0' },
  },
  Route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: { Ref: 'Api' },
      RouteKey: 'GET /env/{name}',
      AuthorizationType: 'AWS_IAM',
      Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
    },
  },
  Permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: getAtt('Fn'),
      Principal: 'apigateway.amazonaws.com',
      SourceArn: sourceArn('/*/*/env/{name}'),
    },
  },
};

let directory: string;
let stacks: LocalStack[];

beforeEach(() => {
  stacks = [];
  directory = mkdtempSync(join(tmpdir(), 'stack-test-'));
});
afterEach(async () => {
  for (const stack of stacks) await stack.close();
  rmSync(directory, { recursive: true });
});

function writeAssembly(changes: Record<string, Resources[string] | undefined> = {}): string {
  const write = (file: string, content: unknown) =>
    writeFileSync(join(directory, file), JSON.stringify(content));
  write('manifest.json', {
    artifacts: {
      Stack: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Stack.template.json' } },
      'Stack.assets': { type: 'cdk:asset-manifest', properties: { file: 'Stack.assets.json' } },
    },
  });
  write('Stack.assets.json', { files: { abc: { source: { path: 'asset.abc', packaging: 'zip' } } } });
  write('Stack.template.json', { Resources: { ...resources, ...changes } });
  mkdirSync(join(directory, 'asset.abc'));
  writeFileSync(
    join(directory, 'asset.abc', 'index.js'),
    'exports.handler = async () => ({ ...process.env });',
  );
  return directory;
}

async function start(options: Partial<LocalStackOptions> = {}): Promise<LocalStack> {
  const assembly = options.assembly ?? writeAssembly();
  const stack = await startLocalStack({ port: 0, env: {}, output: () => {}, ...options, assembly });
  stacks.push(stack);
  return stack;
}

describe('the local stack', () => {
  it('runs the function with the environment of the template, and nothing else of this machine', async () => {
    const { url, endpoints } = await start({
      env: { AWS_REGION: 'eu-west-1', PATH: '/bin', AWS_PROFILE: 'mine' },
    });
    const environment = Object(await (await fetch(`${url}/env/x`)).json());
    expect(environment).toMatchObject({
      ...endpoints,
      TABLE: 'Table',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_LAMBDA_FUNCTION_NAME: 'Fn',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    });
    expect(environment).not.toHaveProperty('PATH');
    expect(environment).not.toHaveProperty('AWS_PROFILE');
    expect(environment.HOME).not.toBe(process.env.HOME);
  });

  it('creates the tables with their indexes, and reuses existing ones', async () => {
    const dynamoDb = await startDynamoDb();
    const env = { AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url };
    const { tables, endpoints } = await start({ env });
    await start({ env, assembly: directory });
    const client = new DynamoDBClient({
      region: 'us-east-1',
      endpoint: dynamoDb.url,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tables.Table }));
    expect(Table).toMatchObject({ TableStatus: 'ACTIVE', GlobalSecondaryIndexes: [{ IndexName: 'byB' }] });
    expect(endpoints).toMatchObject(env);
    client.destroy();
    await dynamoDb.close();
  });

  it('starts a sign-in emulator for endpoints that the environment does not name', async () => {
    const foreign = 'http://127.0.0.1:9';
    const { emulator, endpoints } = await start({ env: { AWS_ENDPOINT_URL_SSO: foreign } });
    expect(endpoints).toMatchObject({
      AWS_ENDPOINT_URL_SSO: foreign,
      AWS_ENDPOINT_URL_SSO_OIDC: emulator.url,
    });
  });

  it('keeps every endpoint that the environment names, and sends all other calls to itself', async () => {
    const env = Object.fromEntries(
      ['', '_SSO', '_SSO_OIDC', '_SSO_ADMIN', '_KMS', '_IDENTITYSTORE', '_SQS', '_ORGANIZATIONS', '_STS'].map(
        (service) => [`AWS_ENDPOINT_URL${service}`, `http://127.0.0.1:9/${service}`],
      ),
    );
    expect((await start({ env })).endpoints).toMatchObject(env);
    const { emulator, endpoints, url } = await start({ assembly: directory });
    const { AWS_ENDPOINT_URL_DYNAMODB: _, AWS_ENDPOINT_URL_SQS: sqs, ...others } = endpoints;
    expect(sqs).toBe(url);
    expect(others).toMatchObject({
      AWS_ENDPOINT_URL: emulator.url,
      AWS_ENDPOINT_URL_ORGANIZATIONS: emulator.url,
      AWS_ENDPOINT_URL_SSO_ADMIN: emulator.url,
      AWS_ENDPOINT_URL_STS: emulator.url,
    });
    expect(new Set(Object.values(others))).toEqual(new Set([emulator.url]));
  });

  it('refuses an AWS service that it does not emulate, so that no call of a function leaves this machine', async () => {
    const { endpoints } = await start();
    const headers = { 'x-amz-target': 'AWSOrganizationsV20161128.ListRoots' };
    const response = await fetch(String(endpoints.AWS_ENDPOINT_URL), { method: 'POST', headers, body: '{}' });
    expect([response.status, Object(await response.json()).message]).toEqual([
      400,
      expect.stringContaining('does not emulate this: AWSOrganizationsV20161128.ListRoots'),
    ]);
  });

  it("sends the caller's credentials only to the services that the caller names", async () => {
    const real = { AWS_ACCESS_KEY_ID: 'AKIAREAL', AWS_SECRET_ACCESS_KEY: 'real', AWS_SESSION_TOKEN: 'real' };
    const environmentOf = async ({ url }: LocalStack) => Object(await (await fetch(`${url}/env/x`)).json());
    const keys: (string | undefined)[] = [];
    const dynamoDb = await startDynamoDb((headers) => {
      keys.push(/Credential=(\w+)/.exec(String(headers.authorization))?.[1]);
    });
    const alone = await environmentOf(await start({ env: real }));
    expect(JSON.stringify(alone)).not.toMatch(/real/i);
    const env = { ...real, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url };
    expect(await environmentOf(await start({ env, assembly: directory }))).toMatchObject(real);
    expect(new Set(keys)).toEqual(new Set(['AKIAREAL']));
    await dynamoDb.close();
  });

  it.each(['https://sts.us-east-1.amazonaws.com', 'https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com'])(
    'does not start with %s for an endpoint: that is AWS itself',
    async (address) => {
      await expect(start({ env: { AWS_ENDPOINT_URL_STS: address } })).rejects.toThrow(
        `AWS_ENDPOINT_URL_STS=${address} is AWS itself, which the local run does not call: unset it.`,
      );
    },
  );

  it('answers no request after it is closed', async () => {
    const { url, emulator, close } = await start();
    await close();
    await expect(fetch(url)).rejects.toThrow();
    await expect(fetch(emulator.url)).rejects.toThrow();
  });

  it('reports that its port is in use', async () => {
    const { url } = await start();
    const port = Number(new URL(url).port);
    await expect(start({ port, assembly: directory })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  const permission = (change: object) => {
    return {
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: { ...resources.Permission?.Properties, ...change },
      },
    };
  };
  const routeWith = (change: object) => {
    return {
      Route: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: { ...resources.Route?.Properties, ...change },
      },
    };
  };
  it.each([
    ['a route for any method', routeWith({ RouteKey: 'ANY /env' }), 'does not support the route ANY /env'],
    [
      'a route for whatever follows a path',
      routeWith({ RouteKey: 'GET /env/{all+}' }),
      'does not support the route GET /env/{all+}',
    ],
    ['a resource it cannot run', { Bucket: { Type: 'AWS::S3::Bucket' } }, 'Bucket (AWS::S3::Bucket)'],
    ['a route without permission', { Permission: undefined }, 'no AWS::Lambda::Permission'],
    [
      'a permission for another path',
      permission({ SourceArn: sourceArn('/*/*/other') }),
      'no AWS::Lambda::Permission',
    ],
    [
      'a permission for another service',
      permission({ Principal: 'events.amazonaws.com' }),
      'no AWS::Lambda::Permission',
    ],
    [
      'an authorizer it cannot check',
      routeWith({ AuthorizationType: 'CUSTOM' }),
      'authorization type CUSTOM',
    ],
    [
      'a function that is not JavaScript',
      {
        Fn: {
          Type: 'AWS::Lambda::Function',
          Properties: { ...resources.Fn?.Properties, Runtime: 'python3.13' },
        },
      },
      'cannot run python3.13',
    ],
    [
      'code that is no asset',
      {
        Fn: {
          Type: 'AWS::Lambda::Function',
          Properties: { ...resources.Fn?.Properties, Code: { S3Key: 'other.zip' } },
        },
      },
      'no zipped asset for other.zip',
    ],
  ])('does not start with %s', async (_, changes, message) => {
    const assembly = writeAssembly(changes);
    await expect(start({ assembly })).rejects.toThrow(message);
  });

  it('says what to do if nothing was synthesized', async () => {
    await expect(start({ assembly: join(directory, 'nowhere') })).rejects.toThrow('npx cdk synth');
  });
});
