import { Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { RemovalEventForwardingStack, SessionRevocationStack } from '../../infra/index.ts';
import { appStacks } from '../support/app-templates.ts';
import { templateApp } from '../support/template-app.ts';

// Companies require these of every stack. The CDK's own means for them work here, without a property of the construct.

const settings = {
  identityStoreId: 'd-1234567890',
  denyTargets: 'r-abcd',
  registrarOrganizationId: 'o-a1b2c3d4e5',
};
const BOUNDARY = '@aws-cdk/core:permissionsBoundary';
const BUS = 'arn:aws:events:eu-west-1:111122223333:event-bus/default';

/** The ARN of each role's permissions boundary, as text. */
function boundariesOf(template: Template): string[] {
  const roles = Object.values(template.findResources('AWS::IAM::Role'));
  expect(roles.length).toBeGreaterThan(0);
  return [...new Set(roles.map(({ Properties }) => JSON.stringify(Properties.PermissionsBoundary)))];
}

test.each([
  ['the stack', settings],
  ['the forwarding', { forwardTo: BUS }],
])(
  'a permissions boundary in cdk.json applies to every role of %s',
  (_, context) => {
    const stacks = Object.values(appStacks({ ...context, [BOUNDARY]: { name: 'developers' } }));
    expect(stacks).toHaveLength(1);
    for (const { template } of stacks)
      expect(boundariesOf(template)).toEqual([expect.stringContaining(':policy/developers')]);
  },
  20_000,
);

test('without a permissions boundary in cdk.json, no role has one', () => {
  const stack = new SessionRevocationStack(templateApp(), 'Theirs');
  expect(boundariesOf(Template.fromStack(stack))).toEqual([undefined]);
});

const app = templateApp();
Tags.of(app).add('cost-center', '4711');
const stacks = [
  new SessionRevocationStack(app, 'Revocation', { roleSessions: { targets: ['r-abcd'] } }),
  new RemovalEventForwardingStack(app, 'Forwarding', { eventBusArn: BUS }),
];
for (const stack of stacks) {
  const boundary = ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'developers');
  PermissionsBoundary.of(stack).apply(boundary);
}

test.each(stacks.map((stack) => [stack.stackName, stack] as const))(
  'a boundary and tags that the app sets reach every role of %s, and every resource that can have tags',
  (_, stack) => {
    const template = Template.fromStack(stack);
    expect(boundariesOf(template)).toEqual([expect.stringContaining(':policy/developers')]);
    expect(stack.tags.tagValues()).toEqual({ 'cost-center': '4711' });
    const resources = Object.entries<{ Type: string; Properties?: object }>(template.toJSON().Resources);
    for (const [id, { Type, Properties }] of resources) {
      if (TAKES_TAGS.includes(Type))
        expect([id, JSON.stringify(Properties)]).toEqual([id, expect.stringContaining('4711')]);
    }
  },
);

const TAKES_TAGS = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CloudWatch::Alarm',
  'AWS::DynamoDB::GlobalTable',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Lambda::Function',
  'AWS::Logs::LogGroup',
  'AWS::Organizations::Policy',
  'AWS::SQS::Queue',
];
