import { runSimulation } from '@cloud-copilot/iam-simulate';
import { Fn, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  RemovalEventForwarding,
  type RemovalEventForwardingProps,
  RemovalEventForwardingStack,
  SessionRevocation,
  SessionRevocationStack,
} from '../../infra/index.ts';
import { toRemoval } from '../../lambda/domain/detect/removal.ts';
import { compilePattern } from '../../local/messaging/event-pattern.ts';
import { requireSupported } from '../../local/template/supported.ts';
import { appStacks } from '../support/app-templates.ts';
import { anEvent, apiCallEvent, OTHER_STORE, SENDERS, STORE, USER_ID } from '../support/events.ts';
import { templateApp } from '../support/template-app.ts';

const INSTANCE = 'arn:aws:sso:::instance/ssoins-0123456789abcdef';
const MANAGEMENT = '999999999999';
const STACKS = '111122223333';
const REGION = 'eu-west-1';
const BUS = `arn:aws:events:${REGION}:${STACKS}:event-bus/default`;

function forwarding(props: Partial<RemovalEventForwardingProps> = {}, account = MANAGEMENT, region = REGION) {
  const stack = new RemovalEventForwardingStack(templateApp(), 'Forwarding', {
    env: { account, region },
    eventBusArn: BUS,
    ...props,
  });
  return { stack, template: Template.fromStack(stack) };
}

/** The stack that receives the events of the management account. */
function taking(eventAccounts: string[]) {
  const stack = new SessionRevocationStack(templateApp(), 'Taking', {
    env: { account: STACKS, region: REGION },
    identityStoreId: STORE,
    instanceArn: INSTANCE,
    roleSessions: { targets: ['r-abcd'] },
    denyEndedAssignments: true,
    eventAccounts,
  });
  return Template.fromStack(stack);
}

/** The patterns of the rules for AWS's events, by topic, without the accounts that they match. */
function patternsOf(template: Template) {
  const rules = Object.entries(template.findResources('AWS::Events::Rule'));
  return Object.fromEntries(
    rules.flatMap(([id, { Properties }]) => {
      const [, about] = /(Native|CloudTrail|EndedAssignments)(?:Rule)?[0-9A-F]{8}$/.exec(id) ?? [];
      return about === undefined ? [] : [[about, Properties.EventPattern]];
    }),
  );
}

const everything = { identityStoreId: STORE, instanceArn: INSTANCE };
const forwarded = patternsOf(forwarding(everything).template);
const taken = patternsOf(taking([MANAGEMENT]));

test("apart from the account, the forwarding rules match what the stack's rules match", () => {
  expect(Object.keys(forwarded).sort()).toEqual(['CloudTrail', 'EndedAssignments', 'Native']);
  for (const [about, { account, ...pattern }] of Object.entries(forwarded)) {
    expect(account).toEqual([MANAGEMENT]);
    expect(taken[about]).toEqual({ ...pattern, account: [STACKS, MANAGEMENT] });
  }
});

const deletion = apiCallEvent('identitystore', 'DeleteUser', { userId: USER_ID, identityStoreId: STORE });
const assignment = { instanceArn: INSTANCE, principalType: 'USER', targetType: 'AWS_ACCOUNT' };

test.each([
  ['the deletion of a user', true, { ...deletion, account: MANAGEMENT }],
  ["the identity store's word", true, native('User Deleted')],
  ['the end of an assignment', true, ended(assignment)],
  ['a user of another store', false, ofStore(OTHER_STORE)],
  ['an assignment of another instance', false, ended({ ...assignment, instanceArn: `${INSTANCE}0` })],
  ['a new user', false, native('User Created')],
  ['what another account has forwarded to this one', false, { ...deletion, account: STACKS }],
  ["the company's own event", false, own()],
])('%s: forwarded is %s', (_, yes, event) => {
  const matches = (patterns: Record<string, unknown>) =>
    Object.values(patterns).some((pattern) => compilePattern(pattern)(event));
  expect(matches(forwarded)).toBe(yes);
  if (yes) expect(matches(taken)).toBe(true);
});

function native(detailType: string) {
  const detail = { userId: USER_ID };
  return anEvent({ source: 'aws.identitystore', 'detail-type': detailType, account: MANAGEMENT, detail });
}

function ended(requestParameters: object) {
  return { ...apiCallEvent('sso', 'DeleteAccountAssignment', requestParameters), account: MANAGEMENT };
}

function ofStore(identityStoreId: string) {
  const call = apiCallEvent('identitystore', 'DeleteUser', { userId: USER_ID, identityStoreId });
  return { ...call, account: MANAGEMENT };
}

function own() {
  const detail = { userId: USER_ID };
  return anEvent({ source: 'offboarding', 'detail-type': 'User Removed', account: MANAGEMENT, detail });
}

test('only a stack that names the sending account trusts a forwarded event', () => {
  const event = { ...deletion, account: MANAGEMENT };
  expect(toRemoval(event, { ...SENDERS, accounts: [STACKS, MANAGEMENT] }).kind).toBe('revoke');
  expect(toRemoval(event, { ...SENDERS, accounts: [STACKS] }).kind).toBe('ignore');
});

test('assignments are forwarded only if the instance is given', () => {
  expect(Object.keys(patternsOf(forwarding({ identityStoreId: STORE }).template)).sort()).toEqual([
    'CloudTrail',
    'Native',
  ]);
});

test('every rule sends only to that bus, with a role that may do nothing else, and has a dead-letter queue', () => {
  const { template } = forwarding(everything);
  template.resourceCountIs('AWS::Events::Rule', 3);
  const [[role = ''] = []] = Object.entries(template.findResources('AWS::IAM::Role'));
  const [[queue = ''] = []] = Object.entries(template.findResources('AWS::SQS::Queue'));
  template.allResourcesProperties('AWS::Events::Rule', {
    Targets: [
      {
        Id: 'Target0',
        Arn: BUS,
        RoleArn: { 'Fn::GetAtt': [role, 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [queue, 'Arn'] } },
      },
    ],
  });
  template.resourceCountIs('AWS::IAM::Policy', 1);
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.exact([{ Effect: 'Allow', Action: 'events:PutEvents', Resource: BUS }]),
    },
  });
});

test('an event that could not be forwarded raises an alarm that says what to do', () => {
  const { stack, template } = forwarding();
  template.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 14 * 86_400 });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Threshold: 0,
    Dimensions: [{ Name: 'QueueName', Value: Match.anyValue() }],
  });
  const [alarm] = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
  expect(JSON.stringify(alarm?.Properties.AlarmDescription)).toMatch(
    /could not be forwarded.*receive-message.*runbook\.md#events-are-not-forwarded/,
  );
  expect(stack.resolve(stack.forwarding.alarm.alarmArn)).toEqual({ 'Fn::GetAtt': expect.anything() });
});

describe('with a key and an address', () => {
  const KEY = `arn:aws:kms:${REGION}:${MANAGEMENT}:key/1234abcd-1111-4222-8333-444455556666`;
  const alarmEmail = 'on-call@example.com';

  test('the key encrypts the dead-letter queue and the topic, and alarms go to the address', () => {
    const stack = new RemovalEventForwardingStack(templateApp(), 'Forwarding', {
      env: { account: MANAGEMENT, region: REGION },
      eventBusArn: BUS,
      encryptionKeyArn: KEY,
      alarmEmail,
    });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::SQS::Queue', {
      KmsMasterKeyId: KEY,
      SqsManagedSseEnabled: Match.absent(),
    });
    template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: KEY });
    template.resourceCountIs('AWS::KMS::Key', 0);
    const [topic] = Object.keys(template.findResources('AWS::SNS::Topic'));
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmActions: [{ Ref: topic }] });
  });

  test('in a key of the same app, only EventBridge and CloudWatch get rights', () => {
    const stack = new Stack(templateApp(), 'Theirs');
    new RemovalEventForwarding(stack, 'Forwarding', {
      eventBusArn: BUS,
      encryptionKey: new Key(stack, 'Ours'),
      alarmEmail,
    });
    const [key] = Object.values(Template.fromStack(stack).findResources('AWS::KMS::Key'));
    const [, ...added] = key?.Properties.KeyPolicy.Statement ?? [];
    expect(added.map(({ Sid }: { Sid: string }) => Sid)).toEqual([
      'RulesSendToEncryptedQueues',
      'AlarmsAreTold',
    ]);
  });

  test('without key and address, there is no topic, and SQS encrypts with its own key', () => {
    const { template } = forwarding();
    template.resourceCountIs('AWS::SNS::Topic', 0);
    template.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
  });
});

test('other Regions of the same account can be forwarded, too', () => {
  const { template } = forwarding({}, STACKS, 'us-east-1');
  expect(patternsOf(template).Native.account).toEqual([STACKS]);
});

test('two of them fit into one stack, and a bus ARN that is known only at deployment is accepted', () => {
  const stack = new Stack(templateApp(), 'Theirs');
  new RemovalEventForwarding(stack, 'One', { eventBusArn: BUS });
  new RemovalEventForwarding(stack, 'Other', { eventBusArn: Fn.importValue('Bus') });
  Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 4);
});

test.each([
  [{ eventBusArn: '' }, /eventBusArn must be the ARN of a default event bus/],
  [{ eventBusArn: STACKS }, /eventBusArn must be the ARN of a default event bus/],
  [{ eventBusArn: BUS.replace('default', 'hr') }, /eventBusArn must be the ARN of a default event bus/],
  [{ eventBusArn: BUS.replace(STACKS, MANAGEMENT) }, /a bus of another account or Region/],
  [{ identityStoreId: 'ssoins-1' }, /identityStoreId must look like/],
  [{ instanceArn: 'ssoins-0123456789abcdef' }, /instanceArn must look like/],
])('%j is refused', (props, message) => {
  expect(() => forwarding(props)).toThrow(message);
});

describe('the default event bus of the receiving stack', () => {
  const policies = Object.values(taking([MANAGEMENT]).findResources('AWS::Events::EventBusPolicy'));
  const removal = {
    'events:source': ['aws.identitystore'],
    'events:detail-type': ['AWS API Call via CloudTrail'],
  };

  /** What IAM answers to a principal of an account whose own policies allow it. */
  async function put(contextVariables: Record<string, string[]>, account = MANAGEMENT): Promise<string> {
    const statement = JSON.parse(
      JSON.stringify(policies[0]?.Properties.Statement)
        .replaceAll('{"Ref":"AWS::Partition"}', '"aws"')
        .replaceAll(/\{"Fn::Join":\["",\[([^\]]*)\]\]\}/g, (_, parts) =>
          JSON.stringify(JSON.parse(`[${parts}]`).join('')),
        ),
    );
    const Version = '2012-10-17' as const;
    const answer = await runSimulation(
      {
        request: {
          principal: `arn:aws:iam::${account}:role/forwarding`,
          action: 'events:PutEvents',
          resource: { resource: BUS, accountId: STACKS },
          contextVariables,
        },
        identityPolicies: [
          { name: 'own', policy: { Version, Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } },
        ],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        resourcePolicy: { Version, Statement: [statement] },
      },
      {},
    );
    return answer.resultType === 'error' ? JSON.stringify(answer.errors) : answer.overallResult;
  }

  test('accepts all forwarded events', async () => {
    for (const type of Object.values(forwarded).flatMap((pattern) => pattern['detail-type'])) {
      for (const source of ['aws.identitystore', 'aws.sso-directory', 'aws.sso'])
        expect([
          type,
          source,
          await put({ 'events:source': [source], 'events:detail-type': [type] }),
        ]).toEqual([type, source, 'Allowed']);
    }
  });

  test.each([
    ["the company's own source", { ...removal, 'events:source': ['offboarding'] }],
    ['its own source beside one of AWS', { ...removal, 'events:source': ['aws.sso', 'offboarding'] }],
    ['the detail type of a removal', { ...removal, 'events:detail-type': ['User Removed'] }],
    ['no known source', { 'events:detail-type': removal['events:detail-type'] }],
    ['no known detail type', { 'events:source': removal['events:source'] }],
  ])('accepts no event of the other account with %s', async (_, context) => {
    expect(await put(context)).toBe('ImplicitlyDenied');
  });

  test('accepts no event of a third account', async () => {
    expect(await put(removal, '444455556666')).toBe('ImplicitlyDenied');
  });

  test('has one statement with a unique name, and its ARN is an output', () => {
    const template = taking([MANAGEMENT, STACKS]);
    template.resourceCountIs('AWS::Events::EventBusPolicy', 1);
    const [{ Properties } = { Properties: {} }] = policies;
    expect(Properties.StatementId).toBe(Properties.Statement.Sid);
    expect(Properties.StatementId).toMatch(/^Taking/);
    expect(Object.keys(template.toJSON().Outputs)).toContain('EventBusArn');
  });

  test.each([[[]], [[STACKS]]])('has no statement for the accounts %j', (accounts) => {
    taking(accounts).resourceCountIs('AWS::Events::EventBusPolicy', 0);
  });

  test('is supported by the local run', () => {
    const stack = new Stack(templateApp(), 'Theirs');
    new SessionRevocation(stack, 'Revocation', { eventAccounts: [MANAGEMENT] });
    const { Resources } = Template.fromStack(stack).toJSON();
    expect(() => requireSupported({ resources: new Map(Object.entries(Resources)) as never })).not.toThrow();
  });
});

test('if forwardTo is set, the app creates only the forwarding stack, under its own name', () => {
  const { SessionRevocationForwarding, ...others } = appStacks({
    forwardTo: BUS,
    identityStoreId: STORE,
    instanceArn: INSTANCE,
    alarmEmail: 'on-call@example.com',
    // The other settings in cdk.json are for the other stack.
    eventAccounts: MANAGEMENT,
  });
  expect(others).toEqual({});
  SessionRevocationForwarding?.template.resourceCountIs('AWS::SNS::Subscription', 1);
  const patterns = SessionRevocationForwarding && patternsOf(SessionRevocationForwarding.template);
  expect(Object.keys(patterns ?? {}).sort()).toEqual(Object.keys(forwarded).sort());
}, 20_000);
