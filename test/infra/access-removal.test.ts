import { Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { SessionRevocation, type SessionRevocationProps, SessionRevocationStack } from '../../infra/index.ts';
import { permissionsOf } from '../support/permissions.ts';
import { functionId } from '../support/running-stack.ts';
import { assembly } from '../support/synth.ts';
import { templateApp } from '../support/template-app.ts';

const INSTANCE = 'arn:aws:sso:::instance/ssoins-0000000000000000';
const on: SessionRevocationProps = {
  identityStoreId: 'd-1234567890',
  instanceArn: INSTANCE,
  removeAccess: true,
  roleSessions: { targets: ['r-abcd'] },
};

function inTheirStack(props: SessionRevocationProps = on) {
  const stack = new Stack(templateApp(), 'Theirs');
  return { stack, revocation: new SessionRevocation(stack, 'Revocation', props) };
}

/** The functions whose roles are allowed an action that matches. */
function rolesWith(template: Template, action: RegExp): string[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  const having = policies.filter(({ Properties }) => {
    const statements: { Action: string | string[] }[] = Properties.PolicyDocument.Statement;
    return statements.some(({ Action }) => [Action].flat().some((each) => action.test(each)));
  });
  const roles = having.flatMap(({ Properties }) => Properties.Roles.map(({ Ref }: { Ref: string }) => Ref));
  return roles.map((id: string) => id.replace(/^Revocation/, '').replace(/Role[0-9A-F]{8}$/, '')).sort();
}

describe('without removeAccess', () => {
  test.each<[string, SessionRevocationProps]>([
    ['by default', {}],
    ['switched off, with an instance', { ...on, removeAccess: false }],
  ])('%s, the template has no trace of it', (_, props) => {
    const stack = new SessionRevocationStack(templateApp(), 'Off', { ...props });
    const text = JSON.stringify(Template.fromStack(stack).toJSON());
    expect(text).not.toMatch(/access-?(removal|left|queue)|(remove|restore)-?access/i);
    expect(text).not.toMatch(/sso:\w+Assignment|GroupMembership|ssoins-/);
    expect(stack.revocation.accessRemoval).toBeUndefined();
  });

  test('grantRestoreAccess is refused', () => {
    const { stack, revocation } = inTheirStack({});
    const operator = new Role(stack, 'Operator', { assumedBy: new AccountRootPrincipal() });
    expect(() => revocation.grantRestoreAccess(operator)).toThrow(/without removeAccess/);
  });
});

describe('with removeAccess', () => {
  const { stack, revocation } = inTheirStack();
  const operator = new Role(stack, 'Operator', { assumedBy: new AccountRootPrincipal() });
  revocation.grantRestoreAccess(operator);
  const workflow = new Role(stack, 'Workflow', { assumedBy: new AccountRootPrincipal() });
  revocation.grantRevoke(workflow);
  const template = Template.fromStack(stack);

  test('one function removes access, another restores it, and neither does both', () => {
    expect(rolesWith(template, /^(sso:Delete|identitystore:Delete)/)).toEqual(['RemoveAccess']);
    expect(rolesWith(template, /^(sso:Create|identitystore:Create)/)).toEqual(['RestoreAccess']);
    expect(rolesWith(template, /^sso:|GroupMembership|identitystore:DescribeGroup/)).toEqual([
      'RemoveAccess',
      'RestoreAccess',
    ]);
  });

  test('the roles together have only the permissions in Identity Center that the calls need', () => {
    const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
      ({ Properties }): { Action: string | string[] }[] => Properties.PolicyDocument.Statement,
    );
    const granted = new Set(
      statements
        .flatMap(({ Action }) => [Action].flat())
        .filter((action) => /^(sso|identitystore):/.test(action)),
    );
    expect([...granted].sort()).toEqual([
      'identitystore:CreateGroupMembership',
      'identitystore:DeleteGroupMembership',
      'identitystore:DescribeGroup',
      'identitystore:DescribeUser',
      'identitystore:GetUserId',
      'identitystore:ListGroupMembershipsForMember',
      'identitystore:ListUsers',
      'sso:CreateAccountAssignment',
      'sso:DeleteAccountAssignment',
      'sso:DescribeAccountAssignmentCreationStatus',
      'sso:DescribeAccountAssignmentDeletionStatus',
      'sso:ListAccountAssignmentsForPrincipal',
    ]);
  });

  test('the right to restore access is granted separately from the right to revoke', () => {
    const callable = (role: string) => {
      const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
      const [, own] = policies.find(([id]) => id.startsWith(role)) ?? [];
      return JSON.stringify(own?.Properties.PolicyDocument.Statement).match(/\/\$default[^"]*/g);
    };
    expect(callable('Operator')).toEqual(['/$default/POST/revocations/*/restore-access']);
    expect(callable('Workflow')).toEqual(['/$default/POST/revocations']);
  });

  test('only the worker and RemoveAccess have the address of the queue', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    const told = functions.map(({ Properties }) => Properties.Environment.Variables);
    const knowing = told.filter(({ ACCESS_QUEUE_URL }) => ACCESS_QUEUE_URL !== undefined);
    expect(knowing.map(({ POWERTOOLS_SERVICE_NAME }) => POWERTOOLS_SERVICE_NAME).sort()).toEqual([
      'remove-access',
      'work',
    ]);
  });

  test('an instance ARN that is known only at deployment is accepted, and the permission set ARNs are derived from it', () => {
    const { stack: other } = inTheirStack({ ...on, instanceArn: Fn.importValue('Instance') });
    const text = JSON.stringify(Template.fromStack(other).toJSON());
    expect(text).toContain(':permissionSet/');
    expect(text).toContain('"Fn::Split":[":instance/"');
  });

  test('access is removed also without a deny list', () => {
    const { roleSessions: _, ...without } = on;
    const lone = Template.fromStack(inTheirStack(without).stack);
    expect(rolesWith(lone, /^sso:DeleteAccountAssignment$/)).toEqual(['RemoveAccess']);
    expect(JSON.stringify(lone.toJSON())).not.toContain('DENY_LIST');
  });
});

// Asks an IAM simulator what a thief may do who has the role of a function.

const permissions = permissionsOf(assembly);
const STORE = 'arn:aws:identitystore::000000000000:identitystore/d-0000000000';
const USER = 'arn:aws:identitystore:::user/0a1b2c3d-1111-4222-8333-444455556666';
const GROUP = 'arn:aws:identitystore:::group/0a1b2c3d-1111-4222-8333-444455556666';
const MEMBERSHIP = 'arn:aws:identitystore:::membership/0a1b2c3d-1111-4222-8333-444455556666';
const ASSIGNED = [
  INSTANCE,
  'arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-0123456789abcdef',
  'arn:aws:sso:::account/111122223333',
];
const ELSEWHERE = ASSIGNED.map((arn) => arn.replace('ssoins-0000000000000000', 'ssoins-fedcba9876543210'));

async function isAllowed(fn: string, action: string, resources: string[]): Promise<boolean> {
  const call = { functionId: functionId(fn), action, resources, context: {} };
  return (await permissions.refused([call])).length === 0;
}

test.each<[string, string, string[], boolean]>([
  ['RemoveAccess', 'sso:DeleteAccountAssignment', ASSIGNED, true],
  ['RemoveAccess', 'sso:DeleteAccountAssignment', ELSEWHERE, false],
  ['RemoveAccess', 'sso:CreateAccountAssignment', ASSIGNED, false],
  ['RemoveAccess', 'identitystore:DeleteGroupMembership', [STORE, USER, GROUP, MEMBERSHIP], true],
  ['RemoveAccess', 'identitystore:CreateGroupMembership', [STORE, USER, GROUP], false],
  ['RestoreAccess', 'sso:CreateAccountAssignment', ASSIGNED, true],
  ['RestoreAccess', 'sso:CreateAccountAssignment', ELSEWHERE, false],
  ['RestoreAccess', 'sso:DeleteAccountAssignment', ASSIGNED, false],
  ['RestoreAccess', 'identitystore:CreateGroupMembership', [STORE, USER, GROUP], true],
  ['RestoreAccess', 'identitystore:DeleteGroupMembership', [STORE, USER, GROUP, MEMBERSHIP], false],
  ['Worker', 'sso:DeleteAccountAssignment', ASSIGNED, false],
  ['Worker', 'identitystore:DeleteGroupMembership', [STORE, USER, GROUP, MEMBERSHIP], false],
])('the role of %s, %s on %j: %s', async (fn, action, resources, expected) => {
  expect(await isAllowed(fn, action, resources)).toBe(expected);
});
