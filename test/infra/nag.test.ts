import { type App, Duration } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import {
  RemovalEventForwardingStack,
  SessionRevocationStack,
  type SessionRevocationStackProps,
} from '../../infra/index.ts';
import { templateApp } from '../support/template-app.ts';

// cdk-nag reads every property of a bus policy. For those that the CDK calls deprecated, it would print a warning.
process.env.JSII_DEPRECATED = 'quiet';

interface Finding {
  /** The path of the construct below the SessionRevocation. */
  readonly path: string;
  /** With the finding in brackets if a rule finds several things: `AwsSolutions-IAM5[Resource::…]`. */
  readonly rule: string;
}

/** The findings of both rule packs in the synthesized stack, plus what `add` adds to it. */
function findings(
  props: SessionRevocationStackProps,
  add: (stack: SessionRevocationStack) => void = () => {},
) {
  return findingsOf((app) => add(new SessionRevocationStack(app, 'Nagged', props)));
}

function findingsOf(create: (app: App) => void) {
  const app = templateApp();
  create(app);
  // Policies get their last statements only during synthesis.
  app.synth();
  const violations = [new AwsSolutionsChecks(), new ServerlessChecks()].flatMap(
    (pack) => pack.validateScope(app).violations,
  );
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath = '' }): Finding => {
      return { path: constructPath.replace(/^Nagged\/(SessionRevocation\/)?/, ''), rule: ruleName };
    }),
  );
}

/** Findings that are accepted. One that matches nothing any more must be deleted. */
const acknowledged: readonly { path: RegExp; rule: RegExp; reason: string }[] = [
  {
    path: /^AlarmTopic\/on-call@example\.com\//,
    rule: /^Serverless-SNSRedrivePolicy$/,
    reason:
      'Nobody would look for an e-mail in a queue; the alarm itself stays in CloudWatch and on the dashboard',
  },
  {
    path: /\/DeadLetters\//,
    rule: /^Serverless-SQSRedrivePolicy$/,
    reason: 'A dead-letter queue is the end of the line; an alarm tells when it is not empty',
  },
  {
    path: /^Forwarding\/DeadLetters\//,
    rule: /^AwsSolutions-SQS3$/,
    reason: 'It is the dead-letter queue of rules; an alarm tells when it is not empty',
  },
  {
    path: /^(Worker|Sweep|Revoke|ListRevocations|RegisterOwnSession|RegisterSession|RemoveAccess|RestoreAccess)Role\//,
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:identitystore::\*:identitystore\/d-\w{10}\]$/,
    reason: 'The store is named; its account is not known where a delegated administrator deploys',
  },
  {
    path: /^(Worker|Sweep|Revoke|ListRevocations|RegisterOwnSession|RegisterSession|RemoveAccess|RestoreAccess)Role\//,
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:identitystore:::user\/\*\]$/,
    reason: 'Anybody of the store may leave; which store is said beside it, and both are asked for',
  },
  {
    path: /^(RemoveAccess|RestoreAccess)Role\//,
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:identitystore:::(group|membership)\/\*\]$/,
    reason:
      'Who is removed may be in any group of the store, which is named beside it, and both are asked for',
  },
  {
    path: /^(RemoveAccess|RestoreAccess)Role\//,
    rule: /^AwsSolutions-IAM5\[Resource::arn:(aws:sso:::permissionSet\/ssoins-\w+|<AWS::Partition>:sso:::account)\/\*\]$/,
    reason: 'Who is removed may have any permission set of the instance, which is named, in any account',
  },
  {
    path: /^(Revoke|RevokeEveryone|ReadRevocation|ListRevocations|RegisterOwnSession|RegisterSession|ListSessions|LiftDenial|LiftEveryone|RestoreAccess|UnknownRoute)\//,
    rule: /^Serverless-LambdaDLQ$/,
    reason: 'The API calls it and waits: the caller gets the error',
  },
  {
    path: /^(Worker|EndAssignments|RemoveAccess|Tell)\//,
    rule: /^Serverless-(LambdaDLQ|LambdaEventSourceMappingDestination)$/,
    reason: 'The queue that feeds it has a dead-letter queue',
  },
  {
    path: /^(Sweep|Reconcile|SweepSchedule|DenyList\/(Schedule|Deployed))\//,
    rule: /^Serverless-(LambdaDLQ|EventBusDLQ|LambdaAsyncFailureDestination)$/,
    reason: 'The event holds nothing: the next run on the schedule does what a lost one would have done',
  },
  {
    path: /^(DenyList\/Queue|Reconcile)\//,
    rule: /^(AwsSolutions-SQS3|Serverless-SQSRedrivePolicy|Serverless-LambdaEventSourceMappingDestination)$/,
    reason: 'A message only says that the list has changed; what is to be done stands in the table',
  },
  {
    path: /^EndAssignmentsRole\//,
    rule: /^AwsSolutions-IAM5\[Resource::arn:aws:sso:::permissionSet\/ssoins-\w{16}\/\*\]$/,
    reason: 'An assignment of any permission set of the instance may end; the instance is named',
  },
  {
    path: /^ReconcileRole\//,
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:organizations::\*:policy\/o-\*\/service_control_policy\/p-\w+\]$/,
    reason: 'The policy is named; its organization is not known where it was not created here',
  },
  {
    path: /^\w+Role\/DefaultPolicy\//,
    rule: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    reason:
      'Lambda makes the network interfaces of a function in a VPC; the code of the function is denied the same',
  },
  {
    path: /^\w+\/Resource$/,
    rule: /^Serverless-LambdaTracing$/,
    reason:
      'Its permission cannot be limited to a resource; what failed, with its request id, is in the logs',
  },
];

const acknowledgementOf = ({ path, rule }: Finding) =>
  acknowledged.find((one) => one.path.test(path) && one.rule.test(rule));

const BUS = 'arn:aws:events:eu-west-1:111122223333:event-bus/default';
const INSTANCE = 'arn:aws:sso:::instance/ssoins-0123456789abcdef';

const everything: SessionRevocationStackProps = {
  identityStoreId: 'd-1234567890',
  portalRegions: ['eu-west-1', 'us-east-1'],
  oktaEventBusName: 'aws.partner/okta.com/tenant/offboarding',
  instanceArn: INSTANCE,
  removeAccess: true,
  roleSessions: { targets: ['r-abcd'] },
  jwt: {
    issuer: 'https://idp.example.com',
    audience: ['offboarding'],
    domainName: 'tokens.example.com',
    certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd-1111-4222-8333-444455556666',
  },
  denyEndedAssignments: true,
  domainName: 'revocation.example.com',
  certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd-1111-4222-8333-444455556666',
  disableExecuteApiEndpoint: true,
  signOutFence: Duration.minutes(5),
  eventsTo: 'default',
  alarmEmail: 'on-call@example.com',
};

/** Properties that exclude some of the above. */
const otherwise: SessionRevocationStackProps = {
  roleSessions: { policyIds: ['p-12345678'] },
  registrarRole: { organizationId: 'o-a1b2c3d4e5' },
  eventAccounts: ['111122223333'],
  vpcId: 'vpc-0123456789abcdef0',
  vpcSubnetIds: ['subnet-0123456789abcdef0'],
  encryptionKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/4321dcba-1111-4222-8333-444455556666',
  existing: {
    tokenCacheTableArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/TokenCache',
    revocationsTableArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/Revocations',
    keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-1111-4222-8333-444455556666',
  },
  alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:on-call',
};

const foundIn = {
  'as it is by default': findings({}),
  'with every option on': findings(everything),
  'with policies that are there already, a registrar role, and another account': findings(otherwise),
  'as it forwards events': findingsOf(
    (app) => new RemovalEventForwardingStack(app, 'Nagged', { eventBusArn: BUS, instanceArn: INSTANCE }),
  ),
};

test.each(Object.entries(foundIn))('%s, the stack has no finding that is not acknowledged', (_, found) => {
  expect(found.filter((finding) => !acknowledgementOf(finding))).toEqual([]);
});

test('every acknowledgement matches a finding', () => {
  const { 'as it is by default': _, ...others } = foundIn;
  const used = new Set(Object.values(others).flat().map(acknowledgementOf));
  expect(acknowledged.filter((one) => !used.has(one))).toEqual([]);
});

test('careless additions to the stack are found', () => {
  const found = findings({}, (stack) => new Queue(stack, 'Careless')).filter(
    (one) => !acknowledgementOf(one),
  );
  expect(found).toContainEqual({ path: 'Careless/Resource', rule: 'AwsSolutions-SQS4' });
});
