import { Template } from 'aws-cdk-lib/assertions';
import { SessionRevocationStack, type SessionRevocationStackProps } from '../../infra/index.ts';
import { templateApp } from '../support/template-app.ts';

const templateOf = (props: SessionRevocationStackProps) =>
  Template.fromStack(new SessionRevocationStack(templateApp(), 'Queried', props));

const queriesOf = (template: Template) =>
  Object.values(template.findResources('AWS::Logs::QueryDefinition')).map(({ Properties }) => Properties);

const everything: SessionRevocationStackProps = {
  identityStoreId: 'd-1234567890',
  instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef',
  removeAccess: true,
  roleSessions: { targets: ['r-abcd'] },
  denyEndedAssignments: true,
};

test.each([
  ['What happened to this user', 'filter userId = "PASTE-THE-ID-HERE"'],
  ['What happened to this revocation', 'filter revocationId = "PASTE-THE-ID-HERE" or requestId = '],
  ['What fails now', 'filter level = "ERROR" or level = "WARN" or status >= 500'],
])('the stack saves the query "%s"', (question, filter) => {
  const query = queriesOf(templateOf({})).find(({ Name }) => Name.endsWith(`/${question}`));
  expect(query?.QueryString).toContain(filter);
});

test.each([
  ['as it is by default', {}],
  ['with everything on', everything],
])(
  "%s, each query searches every log group of the stack, and there are no more than CloudWatch's 50",
  (_, props) => {
    const template = templateOf(props);
    const logs = Object.keys(template.findResources('AWS::Logs::LogGroup'));
    for (const { LogGroupNames } of queriesOf(template))
      expect(LogGroupNames.map(({ Ref }: { Ref: string }) => Ref).sort()).toEqual(logs.toSorted());
    expect(logs.length).toBeLessThanOrEqual(50);
  },
);
