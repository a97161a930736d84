import { Template } from 'aws-cdk-lib/assertions';
import { type SessionRevocationProps, SessionRevocationStack } from '../../infra/index.ts';
import { ENV } from '../../lambda/env.ts';
import { templateApp } from '../support/template-app.ts';

const complete: SessionRevocationProps = {
  identityStoreId: 'd-1234567890',
  instanceArn: 'arn:aws:sso:::instance/ssoins-0000000000000000',
  roleSessions: { targets: ['r-abcd'] },
  denyEndedAssignments: true,
  removeAccess: true,
};
const templateOf = (props: SessionRevocationProps) =>
  Template.fromStack(new SessionRevocationStack(templateApp(), 'Names', { ...complete, ...props }));

const nameIn = (id: string) => id.replace(/^SessionRevocation/, '').replace(/[0-9A-F]{8}$/, '');

function namingFunctions(template: Template): string[] {
  const functions = Object.entries(template.findResources('AWS::Lambda::Function'));
  const naming = functions.filter(
    ([, { Properties }]) => Properties.Environment?.Variables[ENV.recordUserNames],
  );
  return naming.map(([id]) => nameIn(id)).sort();
}

/** Functions whose roles may ask the identity store for a user. */
function asking(template: Template): string[] {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  const allowed = policies.filter(([, { Properties }]) =>
    JSON.stringify(Properties.PolicyDocument).includes('identitystore:DescribeUser'),
  );
  return allowed.map(([id]) => nameIn(id).replace(/RoleDefaultPolicy$/, '')).sort();
}

test.each<[string, SessionRevocationProps]>([
  ['by default', {}],
  ['if they are switched off', { recordUserNames: false }],
])('no function records user names, or may ask for one only for that, %s', (_, props) => {
  const template = templateOf(props);
  expect(namingFunctions(template)).toEqual([]);
  expect(asking(template)).not.toEqual(expect.arrayContaining(['Revoke']));
  expect(asking(template)).not.toEqual(expect.arrayContaining(['EndAssignments']));
});

test('with recordUserNames, the functions that write records or hold sessions of a user record names', () => {
  const template = templateOf({ recordUserNames: true });
  const naming = ['EndAssignments', 'RegisterOwnSession', 'RegisterSession', 'Revoke', 'Worker'];
  expect(namingFunctions(template)).toEqual(naming);
  expect(asking(template)).toEqual(expect.arrayContaining(naming));
});
