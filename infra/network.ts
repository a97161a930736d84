import { Annotations, Stack, Token } from 'aws-cdk-lib';
import {
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  Subnet,
  type SubnetSelection,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

export interface NetworkProps {
  /**
   * The VPC that the functions run in. The functions call AWS's public addresses, so the VPC needs a NAT gateway or a firewall:
   * docs/deployment.md § A VPC.
   *
   * @default none: the functions run outside of any VPC
   */
  readonly vpc?: IVpc;
  /**
   * The subnets of `vpc` that the functions run in.
   *
   * @default the private subnets that the CDK selects
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * The security groups of the functions.
   *
   * @default one for all functions, which allows outgoing HTTPS and nothing incoming
   */
  readonly securityGroups?: readonly ISecurityGroup[];
}

/** The network that every function runs in. */
export interface Network {
  readonly vpc: IVpc;
  readonly vpcSubnets?: SubnetSelection;
  readonly securityGroups: ISecurityGroup[];
}

/** @throws Error naming a property that needs a VPC */
export function requireNetwork({ vpc, vpcSubnets, securityGroups }: NetworkProps): void {
  if (vpc) {
    if (securityGroups?.length === 0) {
      throw new Error('securityGroups must not be empty: leave it out for a security group of the stack.');
    }
    return;
  }
  if (vpcSubnets) throw new Error('vpcSubnets needs vpc.');
  if (securityGroups) throw new Error('securityGroups needs vpc.');
}

/** @returns undefined if the functions run outside of any VPC */
export function createNetwork(scope: Construct, props: NetworkProps): Network | undefined {
  const { vpc, vpcSubnets, securityGroups } = props;
  if (!vpc) return undefined;
  return {
    vpc,
    ...(vpcSubnets && { vpcSubnets }),
    securityGroups: securityGroups ? [...securityGroups] : [httpsOnly(scope, vpc)],
  };
}

/** Creates a security group that lets nothing in: Lambda invokes the functions from outside of the VPC. */
function httpsOnly(scope: Construct, vpc: IVpc): SecurityGroup {
  const group = new SecurityGroup(scope, 'Functions', {
    vpc,
    description: 'Functions that end IAM Identity Center sessions: HTTPS to AWS, and nothing in',
    allowAllOutbound: false,
  });
  group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS');
  return group;
}

const INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** Lambda needs these permissions to attach a function to a VPC. The function's own code is denied them: docs/facts.md § Lambda. */
export function networkStatements(scope: Construct): PolicyStatement[] {
  const { account, partition, region } = Stack.of(scope);
  return [
    new PolicyStatement({ actions: INTERFACES, resources: ['*'] }),
    new PolicyStatement({
      effect: Effect.DENY,
      actions: INTERFACES,
      resources: ['*'],
      // The function's own ARN would make a circle: the function depends on its role, and the role would depend on the function.
      conditions: {
        ArnLike: { 'lambda:SourceFunctionArn': `arn:${partition}:lambda:${region}:${account}:function:*` },
      },
    }),
  ];
}

export interface NetworkIds {
  /** The id of `vpc`. Needs `vpcSubnetIds`. */
  readonly vpcId?: string;
  /** Ids of private subnets, each in another Availability Zone. */
  readonly vpcSubnetIds?: readonly string[];
}

const IDS = {
  vpcId: { form: /^vpc-[0-9a-f]{8,17}$/, like: 'vpc-0123456789abcdef0' },
  vpcSubnetIds: { form: /^subnet-[0-9a-f]{8,17}$/, like: 'subnet-0123456789abcdef0' },
};

/** The network properties for these ids. @throws Error naming the id that is missing or malformed */
export function networkOf(scope: Construct, { vpcId, vpcSubnetIds }: NetworkIds): NetworkProps {
  if (vpcId === undefined && vpcSubnetIds === undefined) return {};
  if (vpcId === undefined || vpcSubnetIds === undefined || vpcSubnetIds.length === 0)
    throw new Error('vpcId and vpcSubnetIds go together: give both or neither.');
  requireIds('vpcId', [vpcId]);
  requireIds('vpcSubnetIds', vpcSubnetIds);
  const subnets = vpcSubnetIds.map((id, index) => Subnet.fromSubnetId(scope, `Subnet${index + 1}`, id));
  // The CDK warns that it does not know the route tables. Nothing here needs them.
  for (const subnet of subnets)
    Annotations.of(subnet).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId');
  // Only the VPC's id is used, but the CDK requires Availability Zones.
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId, availabilityZones: ['unknown'] });
  return { vpc, vpcSubnets: { subnets } };
}

function requireIds(what: keyof typeof IDS, ids: readonly string[]): void {
  const { form, like } = IDS[what];
  const wrong = ids.find((id) => !Token.isUnresolved(id) && !form.test(id));
  if (wrong !== undefined) throw new Error(`${what} must look like ${like}, not ${JSON.stringify(wrong)}.`);
}
