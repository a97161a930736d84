import { runSimulation } from '@cloud-copilot/iam-simulate';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SessionRevocation, SessionRevocationStack } from '../../infra/index.ts';
import { templateApp } from '../support/template-app.ts';

// Checks the meaning of the trust policy with an IAM simulator that others wrote. Nobody has tried it on AWS.

const ORGANIZATION = 'o-a1b2c3d4e5';
const API_ACCOUNT = '111122223333';
const PEOPLES_ACCOUNT = '444455556666';
const ALICE = '0a000000-0000-4000-8000-000000000001';
const BOB = '9067f0a1b2-0b000000-0000-4000-8000-000000000002';
const ALICES_SESSION = `arn:aws:sts::${PEOPLES_ACCOUNT}:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/alice`;

const stack = new Stack(templateApp(), 'Theirs');
const revocation = new SessionRevocation(stack, 'Revocation', {
  registrarRole: { organizationId: ORGANIZATION },
  roleSessions: { targets: ['r-abcd'] },
});
const template = Template.fromStack(stack);
const isRegistrars = ([id]: [string, unknown]) => id.startsWith('RevocationRegistrarRole');
const [[roleId, role] = []] = Object.entries(template.findResources('AWS::IAM::Role')).filter(isRegistrars);
const trust = role?.Properties.AssumeRolePolicyDocument;

/** Whether the role accepts a caller whose own policies allow everything. */
async function letsIn(
  contextVariables: Record<string, string>,
  principal = ALICES_SESSION,
): Promise<boolean> {
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const run = await runSimulation(
    {
      request: {
        principal,
        action: 'sts:AssumeRole',
        resource: { resource: `arn:aws:iam::${API_ACCOUNT}:role/Registrar`, accountId: API_ACCOUNT },
        contextVariables,
      },
      identityPolicies: [{ name: 'everything', policy: everything }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: trust,
    },
    {},
  );
  if (run.resultType === 'error') throw new Error(`Not simulated: ${JSON.stringify(run.errors)}`);
  const results = run.resultType === 'single' ? [run.result] : run.results;
  // If the simulator ignores a context key, the test would prove nothing about it.
  const ignored = results.flatMap(({ ignoredContextKeys }) => ignoredContextKeys ?? []);
  if (ignored.length > 0) throw new Error(`Not simulated with ${ignored.join(', ')}`);
  return run.overallResult === 'Allowed';
}

const alice = { 'aws:PrincipalOrgID': ORGANIZATION, 'identitystore:UserId': ALICE };

test('a person may assume the role under their own user id', async () => {
  expect(await letsIn({ ...alice, 'sts:RoleSessionName': ALICE })).toBe(true);
  expect(await letsIn({ ...alice, 'identitystore:UserId': BOB, 'sts:RoleSessionName': BOB })).toBe(true);
});

test.each([
  ['the user id of somebody else', BOB],
  ['a part of their user id', ALICE.slice(0, -1)],
  ['a wildcard', '*'],
  ['their user name', 'alice'],
])('a person may not assume the role under %s', async (_, name) => {
  expect(await letsIn({ ...alice, 'sts:RoleSessionName': name })).toBe(false);
});

// If AWS does not replace the variable, its text might stay in the policy.
test.each([ALICE, '$' + '{identitystore:UserId}', '{identitystore:UserId}', 'undefined'])(
  'a caller without identitystore:UserId may not assume the role under the name %s',
  async (name) => {
    const caller = { 'aws:PrincipalOrgID': ORGANIZATION, 'sts:RoleSessionName': name };
    expect(await letsIn(caller)).toBe(false);
    const principal = `arn:aws:iam::${PEOPLES_ACCOUNT}:user/service`;
    expect(await letsIn(caller, principal)).toBe(false);
  },
);

test('a person of another organization, or of none, may not assume the role', async () => {
  const own = { 'identitystore:UserId': ALICE, 'sts:RoleSessionName': ALICE };
  expect(await letsIn({ ...own, 'aws:PrincipalOrgID': 'o-z9y8x7w6v5' })).toBe(false);
  expect(await letsIn(own)).toBe(false);
});

test("a person of the API's account may not assume the role under another user id either", async () => {
  const principal = `arn:aws:sts::${API_ACCOUNT}:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice`;
  expect(await letsIn({ ...alice, 'sts:RoleSessionName': BOB }, principal)).toBe(false);
});

test('a caller can neither tag the session nor set a source identity', () => {
  expect(trust.Statement).toHaveLength(1);
  expect(trust.Statement[0]).toMatchObject({ Effect: 'Allow', Action: 'sts:AssumeRole' });
});

test('the role may only call PUT /sessions', () => {
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  const own = policies.filter(({ Properties }) =>
    Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === roleId),
  );
  const [statement, ...more] = own.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  expect(more).toEqual([]);
  expect(statement).toMatchObject({ Effect: 'Allow', Action: 'execute-api:Invoke' });
  expect(JSON.stringify(statement.Resource)).toMatch(/\/\$default\/PUT\/sessions"/);
  expect(role?.Properties.ManagedPolicyArns).toBeUndefined();
});

test('only the function behind PUT /sessions knows the role', () => {
  const told = template.findResources('AWS::Lambda::Function', {
    Properties: { Environment: { Variables: { REGISTRAR_ROLE: Match.anyValue() } } },
  });
  expect(Object.values(told).map(({ Properties }) => Properties.Environment.Variables)).toEqual([
    expect.objectContaining({
      POWERTOOLS_SERVICE_NAME: 'register-own-session',
      REGISTRAR_ROLE: { Ref: roleId },
    }),
  ]);
  expect(revocation.registrarRole).toBeDefined();
});

test('without the property, there is no such role', () => {
  const without = new Stack(templateApp(), 'Without');
  expect(new SessionRevocation(without, 'Revocation').registrarRole).toBeUndefined();
  const text = JSON.stringify(Template.fromStack(without).toJSON());
  expect(text).not.toMatch(/REGISTRAR_ROLE|PrincipalOrgID/);
});

test('the ARN of the role is an output', () => {
  const props = { registrarRole: { organizationId: ORGANIZATION } };
  Template.fromStack(new SessionRevocationStack(templateApp(), 'Stack', props)).hasOutput(
    'RegistrarRoleArn',
    {},
  );
});
