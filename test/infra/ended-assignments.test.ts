import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fn, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SessionRevocation, type SessionRevocationProps } from '../../infra/index.ts';
import { assembly } from '../support/synth.ts';
import { templateApp } from '../support/template-app.ts';

const INSTANCE = 'arn:aws:sso:::instance/ssoins-0123456789abcdef';

const synthesized = Template.fromJSON(
  JSON.parse(readFileSync(join(assembly, 'SessionRevocation.template.json'), 'utf8')),
);

const without: SessionRevocationProps = {
  identityStoreId: 'd-1234567890',
  roleSessions: { targets: ['r-abcd'] },
};

function templateOf(props: SessionRevocationProps): Template {
  const stack = new Stack(templateApp(), 'Theirs');
  new SessionRevocation(stack, 'Revocation', props);
  return Template.fromStack(stack);
}

const statement = (Action: unknown, Resource: unknown) => ({
  PolicyDocument: { Statement: Match.arrayWith([{ Effect: 'Allow', Action, Resource }]) },
});

test('the rule matches deleted assignments of users of this instance, reported by AWS in a trusted account', () => {
  synthesized.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: [{ prefix: 'aws.' }],
      account: [{ Ref: 'AWS::AccountId' }],
      'detail-type': ['AWS API Call via CloudTrail', 'AWS Service Event via CloudTrail'],
      detail: {
        eventSource: ['sso.amazonaws.com'],
        eventName: ['DeleteAccountAssignment'],
        errorCode: [{ exists: false }],
        requestParameters: {
          instanceArn: ['arn:aws:sso:::instance/ssoins-0000000000000000'],
          principalType: ['USER'],
          targetType: ['AWS_ACCOUNT'],
        },
      },
    },
  });
});

test('rule and function trust accounts that forward their events', () => {
  const template = templateOf({
    ...without,
    denyEndedAssignments: true,
    instanceArn: INSTANCE,
    eventAccounts: ['111122223333'],
  });
  const account = [{ Ref: 'AWS::AccountId' }, '111122223333'];
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: Match.objectLike({
      account,
      detail: Match.objectLike({ eventName: ['DeleteAccountAssignment'] }),
    }),
  });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: Match.objectLike({
        POWERTOOLS_SERVICE_NAME: 'end-assignments',
        EVENT_ACCOUNTS: { 'Fn::Join': ['', [{ Ref: 'AWS::AccountId' }, ',111122223333']] },
      }),
    },
  });
});

test('the function may read assignments and permission sets of this instance only', () => {
  const template = templateOf({ ...without, denyEndedAssignments: true, instanceArn: INSTANCE });
  template.hasResourceProperties(
    'AWS::IAM::Policy',
    statement(['sso:ListAccountAssignmentsForPrincipal', 'sso:DescribePermissionSet'], INSTANCE),
  );
  template.hasResourceProperties(
    'AWS::IAM::Policy',
    statement('sso:DescribePermissionSet', 'arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/*'),
  );
});

test('an instance ARN that is known only at deployment is accepted', () => {
  const instanceArn = Fn.importValue('Instance');
  const template = templateOf({ ...without, denyEndedAssignments: true, instanceArn });
  const parts = { 'Fn::Split': [':instance/', { 'Fn::ImportValue': 'Instance' }] };
  const [one, two] = [0, 1].map((index) => ({ 'Fn::Select': [index, parts] }));
  template.hasResourceProperties(
    'AWS::IAM::Policy',
    statement('sso:DescribePermissionSet', { 'Fn::Join': ['', [one, ':permissionSet/', two, '/*']] }),
  );
});

test('if it is switched off, the template has no trace of it', () => {
  const off = JSON.stringify(templateOf(without).toJSON());
  expect(off.match(/assignment|sso:|ssoins|INSTANCE_ARN/gi)).toBeNull();
  const named = templateOf({ ...without, instanceArn: INSTANCE, denyEndedAssignments: false });
  expect(JSON.stringify(named.toJSON())).toBe(off);
});
