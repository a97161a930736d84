import { runSimulation } from '@cloud-copilot/iam-simulate';
import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { type RoleSessionsProps, SessionRevocation } from '../../infra/index.ts';
import { WAKE_GROUP } from '../../lambda/env.ts';
import { templateApp } from '../support/template-app.ts';

function stackWith(roleSessions?: RoleSessionsProps) {
  const stack = new Stack(templateApp(), 'Theirs');
  const revocation = new SessionRevocation(stack, 'Revocation', roleSessions && { roleSessions });
  return { stack, revocation, template: () => Template.fromStack(stack) };
}

test('without a deny list, the template has no trace of it', () => {
  const { stack, revocation, template } = stackWith();
  // The queues' own policies deny unencrypted requests, so they contain Deny as well.
  const text = JSON.stringify(template().toJSON()).replaceAll('"Effect":"Deny"', '');
  expect(text).not.toMatch(/deny|denial|organizations|reconcil|sts:AssumeRole"[^}]*Resource/i);
  const operator = new Role(stack, 'Operator', { assumedBy: new AccountRootPrincipal() });
  expect(() => revocation.grantLiftDenials(operator)).toThrow(/no deny list/);
});

test('the policies are created and attached with an empty list, whose text never changes', () => {
  const { template } = stackWith({ targets: ['r-abcd', '111122223333'], policies: 2 });
  template().resourceCountIs('AWS::Organizations::Policy', 2);
  // If this text changed, the next deployment would overwrite the current list with an empty one.
  const condition = { StringEquals: { 'identitystore:UserId': ['nobody'] } };
  template().allResourcesProperties('AWS::Organizations::Policy', {
    Type: 'SERVICE_CONTROL_POLICY',
    TargetIds: ['r-abcd', '111122223333'],
    Content: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Action: '*', Resource: '*', Condition: condition }],
    },
  });
});

test('the reconciler knows its policies, their quota, and the queue that wakes it', () => {
  const { template } = stackWith({ policyIds: ['p-examplepol1', 'p-examplepol2'], policyCharacters: 10_240 });
  template().hasResourceProperties('AWS::Lambda::Function', {
    RecursiveLoop: 'Allow',
    Environment: {
      Variables: Match.objectLike({
        DENY_POLICY_IDS: 'p-examplepol1,p-examplepol2',
        DENY_POLICY_CHARACTERS: '10240',
        DENY_LIST_QUEUE_URL: Match.anyValue(),
      }),
    },
  });
  template().resourceCountIs('AWS::Organizations::Policy', 0);
  expect(JSON.stringify(template().toJSON())).toContain(':policy/o-*/service_control_policy/p-examplepol2');
});

test('only one reconciler runs at a time: all messages share a group, and a batch stays hidden longer than a run may take', () => {
  const template = stackWith({ targets: ['r-abcd'] }).template();
  const queues = template.findResources('AWS::SQS::Queue', { Properties: { FifoQueue: true } });
  const [[id, queue] = []] = Object.entries(queues);
  const Arn = { 'Fn::GetAtt': [id, 'Arn'] };
  const rules = Object.values(template.findResources('AWS::Events::Rule'));
  const targets = rules
    .flatMap(({ Properties }) => Properties.Targets)
    .filter((target) => JSON.stringify(target.Arn) === JSON.stringify(Arn));
  expect(targets.map(({ SqsParameters }) => SqsParameters)).toEqual([
    { MessageGroupId: WAKE_GROUP },
    { MessageGroupId: WAKE_GROUP },
  ]);
  const mappings = template.findResources('AWS::Lambda::EventSourceMapping', {
    Properties: { EventSourceArn: Arn },
  });
  const [[, mapping] = []] = Object.entries(mappings);
  const fn = template.toJSON().Resources[mapping?.Properties.FunctionName.Ref];
  expect(Object.keys(mappings)).toHaveLength(1);
  expect(queue?.Properties.VisibilityTimeout).toBe(2 * fn.Properties.Timeout);
});

test('the delay of a message is longer than the period that it stands for, so it is delivered after all entries of that period', () => {
  stackWith({ targets: ['r-abcd'] })
    .template()
    .hasResourceProperties('AWS::SQS::Queue', {
      FifoQueue: true,
      DelaySeconds: 3,
      ContentBasedDeduplication: true,
    });
});

test('for policies in another account, a role is assumed, and no other right on AWS Organizations is granted', () => {
  const roleArn = 'arn:aws:iam::111122223333:role/deny-list';
  const { template } = stackWith({ policyIds: ['p-examplepol'], roleArn });
  template().hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ ORGANIZATIONS_ROLE: roleArn }) },
  });
  template().hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn }]),
    },
  });
  expect(JSON.stringify(template().toJSON())).not.toContain('organizations:');
});

test('roleArn without policyIds, or with targets, is refused', () => {
  const both = { targets: ['r-abcd'], roleArn: 'arn:aws:iam::111122223333:role/deny-list' };
  expect(() => stackWith(both)).toThrow(/roleArn is for policyIds/);
  expect(() => stackWith({ ...both, policyIds: ['p-examplepol'] })).toThrow(/needs targets/);
});

describe('the right to lift denials is granted separately', () => {
  const user = '906791299c-0a000000-0000-4000-8000-000000000001';

  /** Whether the grant allows the call, according to an IAM simulator that others wrote. */
  async function allows(grant: 'grantLiftDenials' | 'grantLiftEveryone', call: string): Promise<boolean> {
    const { stack, revocation, template } = stackWith({ targets: ['r-abcd'] });
    revocation[grant](new Role(stack, 'Operator', { assumedBy: new AccountRootPrincipal() }));
    const policies = Object.entries(template().findResources('AWS::IAM::Policy'));
    const text = JSON.stringify(
      policies.find(([id]) => id.startsWith('Operator'))?.[1].Properties.PolicyDocument,
    );
    // The template does not know account, Region and API yet.
    const policy = JSON.parse(
      text.replaceAll(/\{"Fn::Join":\["",\[.*?"(\/\$default[^"]*)"\]\]\}/g, (_, end) =>
        JSON.stringify(`arn:aws:execute-api:eu-west-1:111122223333:api${end}`),
      ),
    );
    const run = await runSimulation(
      {
        request: {
          principal: 'arn:aws:iam::111122223333:role/Operator',
          action: 'execute-api:Invoke',
          resource: {
            resource: `arn:aws:execute-api:eu-west-1:111122223333:api/$default/${call}`,
            accountId: '111122223333',
          },
          contextVariables: {},
        },
        identityPolicies: [{ name: 'granted', policy }],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
      },
      {},
    );
    if (run.resultType === 'error') throw new Error(JSON.stringify(run.errors));
    return run.overallResult === 'Allowed';
  }

  test.each([
    ['grantLiftDenials', `DELETE/deny-list/${user}`, true],
    ['grantLiftDenials', `DELETE/deny-list/${user.slice(11)}`, true],
    ['grantLiftDenials', 'DELETE/deny-list/everyone', false],
    ['grantLiftDenials', 'POST/revocations', false],
    ['grantLiftEveryone', 'DELETE/deny-list/everyone', true],
    ['grantLiftEveryone', `DELETE/deny-list/${user}`, false],
    ['grantLiftEveryone', 'POST/revocations/everyone', false],
  ] as const)('%s allows %s: %s', async (grant, call, expected) => {
    expect(await allows(grant, call)).toBe(expected);
  });

  test('neither grant exists without a deny list', () => {
    const { stack, revocation } = stackWith();
    const operator = new Role(stack, 'Operator', { assumedBy: new AccountRootPrincipal() });
    expect(() => revocation.grantLiftEveryone(operator)).toThrow(/no deny list/);
  });
});

test('the function of the red button knows the configured users to except', () => {
  const stack = new Stack(templateApp(), 'Theirs');
  const breakGlassUserIds = ['0B000000-0000-4000-8000-000000000002', '0a000000-0000-4000-8000-000000000001'];
  new SessionRevocation(stack, 'Revocation', { breakGlassUserIds });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: Match.objectLike({
        BREAK_GLASS_USER_IDS: '0a000000-0000-4000-8000-000000000001,0b000000-0000-4000-8000-000000000002',
      }),
    },
  });
  expect(
    JSON.stringify(
      stackWith({ targets: ['r-abcd'] })
        .template()
        .toJSON(),
    ),
  ).not.toContain('BREAK_GLASS');
});

test.each([
  ['5 minutes', Duration.minutes(5), 600, 1],
  ['12 hours', Duration.hours(12), 86_400, 1],
  ['13 hours', Duration.hours(13), 86_400, 2],
  ['56 hours', Duration.hours(56), 86_400, 5],
])(
  'if the reconciler runs every %s, its alarms look at two of these times',
  (_name, reconcileEvery, Period, days) => {
    const template = Template.fromStack(stackWith({ targets: ['r-abcd'], reconcileEvery }).stack);
    for (const MetricName of ['DenyList:usersWithoutRoom', 'DenyList:unreadable', 'DenyList:percentFull']) {
      const more = days > 1 ? { DatapointsToAlarm: 1 } : {};
      const properties = { MetricName, Period, EvaluationPeriods: days, ...more };
      template.hasResourceProperties('AWS::CloudWatch::Alarm', properties);
      // CloudWatch looks back seven days at the most.
      expect(Period * days).toBeLessThanOrEqual(7 * 86_400);
    }
  },
);
