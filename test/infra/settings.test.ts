import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { existing, logRetention, throttle } from '../../infra/setting-groups.ts';
import { readSettings } from '../../infra/setting-reader.ts';
import { refusalOf, requireKnownSettings, SETTINGS } from '../../infra/settings.ts';
import { appStacks } from '../support/app-templates.ts';

const root = join(import.meta.dirname, '..', '..');

/** Runs the app as the CDK does, without bundling and without writing anything. */
function runApp(context: Record<string, unknown>) {
  const CDK_CONTEXT_JSON = JSON.stringify({ 'aws:cdk:bundling-stacks': [], ...context });
  return spawnSync(process.execPath, [join(root, 'infra', 'app.ts')], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, CDK_CONTEXT_JSON },
  });
}

test('the app refuses a misspelt setting and suggests the right one', () => {
  const { status, stderr } = runApp({ identityStoreID: 'd-0000000000' });
  expect(stderr).toContain(
    'There is no setting identityStoreID (-c identityStoreID=…, or "context" in cdk.json or ~/.cdk.json). Did you mean identityStoreId?',
  );
  expect(status).not.toBe(0);
}, 20_000);

test('the app says why it refuses a setting, in the words of the command line and without a stack trace', () => {
  const { status, stderr, stdout } = runApp({ denyTargets: 'root' });
  expect([status, stdout, stderr]).toEqual([
    1,
    '',
    [
      'roleSessions.targets must be r-…, ou-… or an account id, not root.',
      '  roleSessions.targets is -c denyTargets=… on the command line.',
      '  denyTargets: `aws organizations list-roots` prints the id of the root.',
      '',
    ].join('\n'),
  ]);
}, 20_000);

test.each([
  [
    'existing.keyArn must be the ARN of a key, not "k".',
    [
      'existing.keyArn is -c existingKeyArn=… on the command line.',
      'existingKeyArn: it is the output TokenKeyArn of the earlier stack.',
    ],
  ],
  [
    'portalSession in minutes must be between 15 and 129600, not 5.',
    ['portalSession is -c portalSessionMinutes=… on the command line.'],
  ],
  [
    'denyEndedAssignments needs roleSessions: the policies that deny.',
    ['roleSessions is -c denyTargets=… or -c denyPolicyIds=… on the command line.'],
  ],
  ['vpcId and vpcSubnetIds go together: give both or neither.', []],
  ['workers must be between 2 and 100, not 1.', []],
])('the refusal %j is followed by the lines %j', (message, hints) => {
  expect(refusalOf(new Error(message))?.split('\n  ')).toEqual(
    hints.length > 0 ? [message, ...hints.slice(0, -1), `${hints.at(-1)}\n`] : [`${message}\n`],
  );
});

test('a bug keeps its stack trace', () => {
  expect(refusalOf(new TypeError('workers is not iterable'))).toBeUndefined();
});

/** How the app combines settings that form one property. */
const groups = (context: Record<string, string>) => {
  const reader = readSettings(new App({ context }).node);
  return { throttle: throttle(reader), logRetention: logRetention(reader), existing: existing(reader) };
};

test.each([
  [{ throttle: 'revoke:20' }, 'such as register:100/200. The kinds are revoke, everyone, register,'],
  [{ throttle: 'revoke:20/40,revok:20/40' }, '-c throttle=revok:20/40: give kinds of routes'],
  [{ throttle: 'constructor:20/40' }, '-c throttle=constructor:20/40: give kinds of routes'],
  [{ logRetentionDays: '100' }, '-c logRetentionDays=100: give one of 1, 3, 5, 7, 14, 30, 60, 90,'],
  [{ existingKeyArn: 'arn' }, 'give -c existingTokenCacheTableArn=…, -c existingRevocationsTableArn=…'],
  [
    { existingDenyListTableArn: 'arn' },
    'give -c existingTokenCacheTableArn=…, -c existingRevocationsTableArn=…',
  ],
])('%j is refused', (context, message) => {
  expect(() => groups(context)).toThrow(message);
});

test('a setting that is not set keeps its default', () => {
  expect(groups({})).toEqual({ throttle: undefined, logRetention: undefined, existing: undefined });
});

test('the settings for deployment reach the template', () => {
  const key = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-1111-4222-8333-444455556666';
  const { SessionRevocation: stack } = appStacks({
    removalPolicy: 'destroy',
    logRetentionDays: '90',
    throttle: 'register:100/200, read:50.5/60',
    signOutFenceSeconds: '600',
    encryptionKeyArn: key,
    vpcId: 'vpc-0123456789abcdef0',
    vpcSubnetIds: 'subnet-0123456789abcdef0,subnet-1123456789abcdef0',
    domainName: 'revocation.example.com',
    certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd',
    disableExecuteApiEndpoint: 'true',
    existingTokenCacheTableArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/TokenCache',
    existingRevocationsTableArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/Revocations',
    existingKeyArn: key.replace('1234abcd', '4321dcba'),
    denyTargets: 'r-abcd',
  });
  if (!stack) throw new Error('The app has made no stack.');
  const { template } = stack;
  template.hasResource('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'Delete',
    Properties: { Replicas: [Match.objectLike({ SSESpecification: { KMSMasterKeyId: key } })] },
  });
  template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90, KmsKeyId: key });
  template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: key });
  template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
    RouteSettings: {
      'PUT /sessions': { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
      'GET /sessions': { ThrottlingRateLimit: 50.5, ThrottlingBurstLimit: 60 },
      'POST /revocations': { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
    },
  });
  template.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
  template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', { DomainName: 'revocation.example.com' });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: {
        POWERTOOLS_SERVICE_NAME: 'work',
        SIGN_OUT_FENCE_SECONDS: '600',
        REVOCATIONS_TABLE: 'Revocations',
        TOKEN_CACHE_TABLE: 'TokenCache',
        TOKEN_KEY: key.replace('1234abcd', '4321dcba'),
      },
    },
    VpcConfig: { SubnetIds: ['subnet-0123456789abcdef0', 'subnet-1123456789abcdef0'] },
  });
}, 20_000);

test('the app accepts settings of the command line besides those of the CDK and cdk.json', () => {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  const { status, stderr } = runApp({ ...context, denyTargets: 'r-0000, ou-0000-00000000' });
  expect([status, stderr]).toEqual([0, '']);
}, 20_000);

test.each([
  ['denyTarget', 'denyTargets'],
  ['IdentityStoreId', 'identityStoreId'],
  ['identity-store-id', 'identityStoreId'],
  ['sweepMinute', 'sweepMinutes'],
  ['portalregion', 'portalRegion'],
  ['jwtIsuer', 'jwtIssuer'],
  ['reconcileEvery', 'reconcileMinutes'],
])('for the setting %s, the error suggests %s', (name, nearest) => {
  expect(() => requireKnownSettings([name])).toThrow(`Did you mean ${nearest}?`);
});

test('for a setting that resembles none, the error lists all', () => {
  expect(() => requireKnownSettings(['stage'])).toThrow(`The settings are ${SETTINGS.join(', ')}.`);
});

test.each([
  '@aws-cdk/aws-iam:minimizePolicies',
  'aws:cdk:enable-path-metadata',
  'aws-cdk:enableDiffNoFail',
  'availability-zones:account=111122223333:region=eu-west-1',
  '@aws-cdk-containers/ecs-service-extensions:enableDefaultLogDriver',
  'cli-telemetry',
])("the CDK's own setting %s is accepted", (name) => {
  expect(() => requireKnownSettings([name])).not.toThrow();
});

test('every setting is accepted', () => {
  expect(() => requireKnownSettings(SETTINGS)).not.toThrow();
});

test('the app reads every setting that it accepts', () => {
  const files = ['app.ts', 'setting-groups.ts'].map((file) =>
    readFileSync(join(root, 'infra', file), 'utf8'),
  );
  const app = files.join('\n');
  const read = [...app.matchAll(/\b(?:setting|wholeNumber|duration|list|isOn)\('(\w+)'/g)].map(
    ([, name]) => name,
  );
  expect([...new Set(read)].sort()).toEqual([...SETTINGS].sort());
});
