import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireKnownSettings, SETTINGS } from '../../infra/settings.ts';

const root = join(import.meta.dirname, '..', '..');

/** The app as the CDK runs it, without bundling or writing anything. */
function runApp(context: Record<string, unknown>) {
  const CDK_CONTEXT_JSON = JSON.stringify({ 'aws:cdk:bundling-stacks': [], ...context });
  return spawnSync(process.execPath, [join(root, 'infra', 'app.ts')], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, CDK_CONTEXT_JSON },
  });
}

test('the app refuses a misspelt setting, and says which one it may be', () => {
  const { status, stderr } = runApp({ identityStoreID: 'd-0000000000' });
  expect(stderr).toContain(
    'There is no setting identityStoreID (-c identityStoreID=…, or "context" in cdk.json or ~/.cdk.json). Did you mean identityStoreId?',
  );
  expect(status).not.toBe(0);
}, 20_000);

test.each([
  [
    { removalPolicy: 'keep' },
    'removalPolicy must be RETAIN_ON_UPDATE_OR_DELETE, RETAIN or DESTROY, not "keep"',
  ],
  [{ throttle: 'revoke:20' }, 'such as register:100/200. The kinds are revoke, everyone, register,'],
  [{ throttle: 'revoke:20/40,revok:20/40' }, '-c throttle=revok:20/40: give kinds of routes'],
  [{ throttle: 'revoke:0/40' }, 'throttle.revoke.rateLimit must be between 0.1'],
  [{ logRetentionDays: '100' }, '-c logRetentionDays=100: give one of 1, 3, 5, 7, 14, 30, 60, 90,'],
  [{ existingKeyArn: 'arn' }, 'give -c existingTokenCacheTableArn=…, -c existingRevocationsTableArn=…'],
])(
  'the app refuses %j',
  (context, message) => {
    expect(runApp(context).stderr).toContain(message);
  },
  20_000,
);

test('the app takes the settings of the command line, and what the CDK and cdk.json add', () => {
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
])('a setting %s is taken for a slip of %s', (name, nearest) => {
  expect(() => requireKnownSettings([name])).toThrow(`Did you mean ${nearest}?`);
});

test('a setting that is like none is answered with the list of all', () => {
  expect(() => requireKnownSettings(['stage'])).toThrow(`The settings are ${SETTINGS.join(', ')}.`);
});

test.each([
  '@aws-cdk/aws-iam:minimizePolicies',
  'aws:cdk:enable-path-metadata',
  'aws-cdk:enableDiffNoFail',
  'availability-zones:account=111122223333:region=eu-west-1',
  '@aws-cdk-containers/ecs-service-extensions:enableDefaultLogDriver',
  'cli-telemetry',
])("the CDK's own %s passes", (name) => {
  expect(() => requireKnownSettings([name])).not.toThrow();
});

test('every setting passes', () => {
  expect(() => requireKnownSettings(SETTINGS)).not.toThrow();
});

test('the app reads every setting that it takes', () => {
  const files = ['app.ts', 'setting-groups.ts'].map((file) =>
    readFileSync(join(root, 'infra', file), 'utf8'),
  );
  const app = files.join('\n');
  const read = [...app.matchAll(/\b(?:setting|wholeNumber|duration|list|isOn)\('(\w+)'/g)].map(
    ([, name]) => name,
  );
  expect([...new Set(read)].sort()).toEqual([...SETTINGS].sort());
});
