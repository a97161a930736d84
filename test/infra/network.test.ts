import { runSimulation } from '@cloud-copilot/iam-simulate';
import { Fn, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  SessionRevocation,
  SessionRevocationStack,
  type SessionRevocationStackProps,
} from '../../infra/index.ts';
import type { Resource } from '../../local/template/assembly.ts';
import { createResolver } from '../../local/template/intrinsics.ts';
import { requireSupported } from '../../local/template/supported.ts';
import { templateApp } from '../support/template-app.ts';

const ids = {
  vpcId: 'vpc-0123456789abcdef0',
  vpcSubnetIds: ['subnet-0123456789abcdef0', 'subnet-1123456789abcdef0'],
};
const templateOf = (props: SessionRevocationStackProps) =>
  Template.fromStack(
    new SessionRevocationStack(templateApp(), 'Theirs', { roleSessions: { targets: ['r-abcd'] }, ...props }),
  );

const template = templateOf(ids);

test('all functions run in the subnets, with one security group that allows only outgoing HTTPS', () => {
  const [[group = '', { Properties } = { Properties: {} }] = []] = Object.entries(
    template.findResources('AWS::EC2::SecurityGroup'),
  );
  template.resourceCountIs('AWS::EC2::SecurityGroup', 1);
  expect(Properties.VpcId).toBe(ids.vpcId);
  expect(Properties.SecurityGroupEgress).toEqual([
    { CidrIp: '0.0.0.0/0', Description: 'AWS', FromPort: 443, IpProtocol: 'tcp', ToPort: 443 },
  ]);
  expect(Properties).not.toHaveProperty('SecurityGroupIngress');
  template.allResourcesProperties('AWS::Lambda::Function', {
    VpcConfig: { SecurityGroupIds: [{ 'Fn::GetAtt': [group, 'GroupId'] }], SubnetIds: ids.vpcSubnetIds },
  });
});

test('subnets that are given by their ids raise no warning', () => {
  const stack = new SessionRevocationStack(templateApp(), 'Theirs', ids);
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

test('a CDK app can pass its own VPC, subnets and security groups', () => {
  const stack = new Stack(templateApp(), 'Theirs');
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: ids.vpcId,
    availabilityZones: ['a', 'b'],
    privateSubnetIds: [...ids.vpcSubnetIds],
  });
  const group = new SecurityGroup(stack, 'Ours', { vpc });
  new SessionRevocation(stack, 'Revocation', {
    vpc,
    vpcSubnets: { availabilityZones: ['b'] },
    securityGroups: [group],
  });
  const theirs = Template.fromStack(stack);
  theirs.resourceCountIs('AWS::EC2::SecurityGroup', 1);
  theirs.allResourcesProperties('AWS::Lambda::Function', {
    VpcConfig: {
      SecurityGroupIds: [Match.anyValue()],
      SubnetIds: [ids.vpcSubnetIds[1]],
    },
  });
});

/** The policies of the role of each function. */
function roles(): [string, object[]][] {
  const resources = new Map<string, Resource>(Object.entries(template.toJSON().Resources));
  const resolver = createResolver({ stackName: 'Theirs', resources, parameters: new Map() }, 'eu-west-1');
  const policies = [...resources.values()].filter(({ Type }) => Type === 'AWS::IAM::Policy');
  const functions = [...resources.values()].filter(({ Type }) => Type === 'AWS::Lambda::Function');
  return functions.map(({ Properties }) => {
    const { Role, Environment } = Object(Properties);
    const own = policies.filter((policy) =>
      JSON.stringify(policy).includes(`{"Ref":"${Role['Fn::GetAtt'][0]}"}`),
    );
    return [
      Environment.Variables.POWERTOOLS_SERVICE_NAME,
      own.flatMap((policy) => Object(resolver.resolve(policy.Properties.PolicyDocument)).Statement),
    ];
  });
}

async function answer(
  statements: object[],
  action: string,
  context: Record<string, string>,
): Promise<unknown> {
  const run = await runSimulation(
    {
      request: {
        principal: 'arn:aws:iam::000000000000:role/function',
        action,
        resource: { resource: '*', accountId: '000000000000' },
        contextVariables: context,
      },
      identityPolicies: [{ name: 'own', policy: { Version: '2012-10-17', Statement: statements } }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  return run.resultType === 'error' ? run.errors : run.overallResult;
}

test.each(roles())(
  'Lambda may put %s into the VPC with its role, and its code may not change networks',
  async (_, statements) => {
    const asItsCode = { 'lambda:SourceFunctionArn': 'arn:aws:lambda:eu-west-1:000000000000:function:any' };
    for (const action of ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets']) {
      expect([action, await answer(statements, action, {})]).toEqual([action, 'Allowed']);
      expect([action, await answer(statements, action, asItsCode)]).toEqual([action, 'ExplicitlyDenied']);
    }
    const allowed = statements.filter((one) => JSON.stringify(one).includes('ec2:'));
    expect(allowed).toHaveLength(2);
    expect(JSON.stringify(allowed[0])).toContain('ec2:CreateNetworkInterface');
    // Every action that Lambda is allowed is denied to the code.
    expect(Object(allowed[1]).Action).toEqual(Object(allowed[0]).Action);
  },
);

test('without a network, the template has no trace of it', () => {
  expect(JSON.stringify(templateOf({}).toJSON())).not.toMatch(/VpcConfig|ec2:|AWS::EC2/);
});

test('the local run supports it, and ids that are known only at deployment are accepted', () => {
  const { Resources } = templateOf({
    vpcId: Fn.importValue('Vpc'),
    vpcSubnetIds: [Fn.importValue('Subnet')],
  }).toJSON();
  expect(() => requireSupported({ resources: new Map(Object.entries(Resources)) as never })).not.toThrow();
});

test.each<[SessionRevocationStackProps, RegExp]>([
  [{ vpcId: ids.vpcId }, /vpcId and vpcSubnetIds go together/],
  [{ vpcSubnetIds: ids.vpcSubnetIds }, /vpcId and vpcSubnetIds go together/],
  [{ ...ids, vpcSubnetIds: [] }, /vpcId and vpcSubnetIds go together/],
  [{ ...ids, vpcId: 'default' }, /vpcId must look like vpc-0123456789abcdef0, not "default"/],
  [
    { ...ids, vpcSubnetIds: ['private'] },
    /vpcSubnetIds must look like subnet-0123456789abcdef0, not "private"/,
  ],
  [{ vpcSubnets: {} }, /vpcSubnets needs vpc/],
  [{ securityGroups: [] }, /securityGroups needs vpc/],
  [{ ...ids, securityGroups: [] }, /securityGroups must not be empty/],
])('%j is refused', (props, message) => {
  expect(() => templateOf(props)).toThrow(message);
});
