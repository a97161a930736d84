import { readFileSync } from 'node:fs';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { Template } from 'aws-cdk-lib/assertions';
import { SessionRevocationStack, type SessionRevocationStackProps } from '../../infra/index.ts';
import { templateApp } from '../support/template-app.ts';

// Checks the role of organizationsRoleArn in another account, as the documentation describes it.

const blocks = [...readFileSync('docs/deployment.md', 'utf8').matchAll(/```json\n([\s\S]*?)\n```/g)].map(
  ([, text = '']) => text,
);
const documented = (sid: string) => JSON.parse(blocks.find((text) => text.includes(`"${sid}"`)) ?? '{}');
const trust = documented('OnlyTheReconcilerAssumesIt');
const policy = documented('DenyListPolicies');

const ROLE = 'arn:aws:iam::444455556666:role/deny-list';
const RECONCILER = trust.Statement[0].Condition.ArnEquals['aws:PrincipalArn'];
const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

async function assume(principalArn: string, sessionName = 'deny-list-reconciler'): Promise<unknown> {
  const run = await runSimulation(
    {
      request: {
        principal: principalArn,
        action: 'sts:AssumeRole',
        resource: { resource: ROLE, accountId: '444455556666' },
        contextVariables: { 'aws:PrincipalArn': principalArn, 'sts:RoleSessionName': sessionName },
      },
      identityPolicies: [{ name: 'own', policy: everything }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: trust,
    },
    {},
  );
  return run.resultType === 'error' ? run.errors : run.overallResult;
}

test('the documented trust policy lets only the reconciler assume the role, under its session name', async () => {
  expect(await assume(RECONCILER)).toBe('Allowed');
  expect(await assume(RECONCILER.replace('ReconcileRole', 'WorkerRole'))).toBe('ImplicitlyDenied');
  expect(await assume('arn:aws:iam::111122223333:role/Administrator')).toBe('ImplicitlyDenied');
  expect(await assume(RECONCILER, 'somebody')).toBe('ImplicitlyDenied');
});

test('the documented session name is the one that the reconciler uses', () => {
  const name = trust.Statement[0].Condition.StringEquals['sts:RoleSessionName'];
  expect(readFileSync('lambda/aws/role-sessions/assumed-role.ts', 'utf8')).toContain(
    `RoleSessionName: '${name}'`,
  );
});

const templateOf = (roleSessions: SessionRevocationStackProps['roleSessions']) =>
  Template.fromStack(new SessionRevocationStack(templateApp(), 'Theirs', roleSessions && { roleSessions }));

test('the documented policy allows the actions that the reconciler has without another role', () => {
  const policies = Object.values(
    templateOf({ policyIds: ['p-examplepol'] }).findResources('AWS::IAM::Policy'),
  );
  const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  const own = statements.filter(({ Action }) =>
    [Action].flat().some((action) => action.startsWith('organizations:')),
  );
  expect(own.map(({ Action }) => Action)).toEqual([policy.Statement[0].Action]);
});

test("the stack outputs the reconciler's role only if it assumes another one", () => {
  const outputsOf = (roleSessions: SessionRevocationStackProps['roleSessions']) =>
    templateOf(roleSessions).toJSON().Outputs;
  const { ReconcilerRoleArn } = outputsOf({ policyIds: ['p-examplepol'], roleArn: ROLE });
  expect(ReconcilerRoleArn.Value).toEqual({
    'Fn::GetAtt': [expect.stringMatching(/^SessionRevocationReconcileRole/), 'Arn'],
  });
  expect(outputsOf({ policyIds: ['p-examplepol'] })).not.toHaveProperty('ReconcilerRoleArn');
  expect(outputsOf(undefined)).not.toHaveProperty('ReconcilerRoleArn');
});
