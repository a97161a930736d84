import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AccountPrincipal,
  AccountRootPrincipal,
  AnyPrincipal,
  ArnPrincipal,
  Group,
  type IGrantable,
  Role,
  ServicePrincipal,
  UnknownPrincipal,
  User,
} from 'aws-cdk-lib/aws-iam';
import { SessionRevocation } from '../../infra/index.ts';
import { templateApp } from '../support/template-app.ts';

const ROLE = 'arn:aws:iam::111122223333:role/offboarding-workflow';
const assumedBy = new AccountRootPrincipal();

function inTheirStack(account?: string) {
  const env = account === undefined ? {} : { env: { account, region: 'eu-west-1' } };
  const stack = new Stack(templateApp(), 'Theirs', env);
  return { stack, revocation: new SessionRevocation(stack, 'Revocation') };
}

test.each<[string, (stack: Stack) => IGrantable]>([
  ['an ARN', () => new ArnPrincipal(ROLE)],
  ['an account', () => new AccountPrincipal('111122223333')],
  ['a service', () => new ServicePrincipal('lambda.amazonaws.com')],
  ['anybody', () => new AnyPrincipal()],
  ['a role that the CDK must not change', (stack) => Role.fromRoleArn(stack, 'R', ROLE, { mutable: false })],
  ['a role without policy updates', (stack) => new Role(stack, 'R', { assumedBy }).withoutPolicyUpdates()],
  [
    'a resource whose role is not known',
    (stack) => ({ grantPrincipal: new UnknownPrincipal({ resource: stack }) }),
  ],
])(
  'a grant to %s is refused because it would have no effect, and the error says what to use',
  (_, granteeIn) => {
    const { stack, revocation } = inTheirStack();
    expect(() => revocation.grantRevoke(granteeIn(stack))).toThrow(/no effect.* Role\.fromRoleArn\(/);
  },
);

test('a grant to a role of another account is refused, because an HTTP API accepts no callers of other accounts', () => {
  const { stack, revocation } = inTheirStack('999999999999');
  const role = Role.fromRoleArn(stack, 'R', ROLE);
  expect(() => revocation.grantRead(role)).toThrow(
    'A principal of account 111122223333 cannot call the API of account 999999999999',
  );
});

test.each<[string, (stack: Stack) => IGrantable]>([
  ['a role', (stack) => new Role(stack, 'R', { assumedBy })],
  ['an existing role by its ARN', (stack) => Role.fromRoleArn(stack, 'R', ROLE)],
  ['an existing role by its name', (stack) => Role.fromRoleName(stack, 'R', 'offboarding-workflow')],
  ['a user', (stack) => new User(stack, 'U')],
  ['a group', (stack) => new Group(stack, 'G')],
])('a grant to %s adds a policy', (_, granteeIn) => {
  const { stack, revocation } = inTheirStack();
  revocation.grantRevoke(granteeIn(stack));
  const policies = JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  expect(policies).toContain('/$default/POST/revocations');
});
