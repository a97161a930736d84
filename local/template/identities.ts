import { createHash } from 'node:crypto';
import { ACCOUNT_ID, ORGANIZATION_ID } from '../ground/account.ts';
import type { Resource } from './assembly.ts';

interface Naming {
  readonly name: string;
  readonly region: string;
  /** Address of the queues, without a slash at the end. */
  readonly queueOrigin: string;
  /** Address of the HTTP API, without a slash at the end. @default API Gateway's own address */
  readonly apiUrl?: string | undefined;
}

/** The results of `Ref` and `Fn::GetAtt` for one resource type. A template cannot refer to anything that is missing here. */
interface Identity {
  readonly ref?: (naming: Naming) => string;
  readonly attributes?: Readonly<Record<string, (naming: Naming) => string>>;
}

const arn = (service: string, prefix: string) => {
  return ({ name, region }: Naming) => `arn:aws:${service}:${region}:${ACCOUNT_ID}:${prefix}${name}`;
};
const byName = ({ name }: Naming) => name;
const keyId = ({ name }: Naming) => {
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
};
// Part of a host name, so lower case.
const apiId = ({ name }: Naming) => createHash('sha256').update(name).digest('hex').slice(0, 10);

const policyId = ({ name }: Naming) => `p-${createHash('sha256').update(name).digest('hex').slice(0, 10)}`;

const queueUrl = ({ name, queueOrigin }: Naming) => `${queueOrigin}/${ACCOUNT_ID}/${name}`;
const named: Identity = { ref: byName };

const table: Identity = { ref: byName, attributes: { Arn: arn('dynamodb', 'table/') } };

const identities: Readonly<Record<string, Identity>> = {
  'AWS::ApiGatewayV2::Api': {
    ref: apiId,
    attributes: {
      ApiId: apiId,
      ApiEndpoint: (naming) =>
        naming.apiUrl ?? `https://${apiId(naming)}.execute-api.${naming.region}.amazonaws.com`,
    },
  },
  'AWS::ApiGatewayV2::Authorizer': named,
  'AWS::ApiGatewayV2::Integration': named,
  'AWS::ApiGatewayV2::Route': named,
  'AWS::ApiGatewayV2::Stage': named,
  'AWS::CloudWatch::Alarm': { ref: byName, attributes: { Arn: arn('cloudwatch', 'alarm:') } },
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::DynamoDB::Table': table,
  'AWS::Events::Rule': { ref: byName, attributes: { Arn: arn('events', 'rule/') } },
  'AWS::IAM::Policy': named,
  'AWS::IAM::Role': {
    ref: byName,
    attributes: { Arn: ({ name }) => `arn:aws:iam::${ACCOUNT_ID}:role/${name}` },
  },
  'AWS::KMS::Key': {
    ref: keyId,
    attributes: {
      Arn: (naming) => `arn:aws:kms:${naming.region}:${ACCOUNT_ID}:key/${keyId(naming)}`,
      KeyId: keyId,
    },
  },
  'AWS::Lambda::Function': { ref: byName, attributes: { Arn: arn('lambda', 'function:') } },
  'AWS::Lambda::EventSourceMapping': { ref: byName, attributes: { Id: byName } },
  'AWS::Lambda::Permission': named,
  'AWS::Logs::LogGroup': {
    ref: byName,
    attributes: { Arn: (naming) => `${arn('logs', 'log-group:')(naming)}:*` },
  },
  'AWS::Organizations::Policy': {
    ref: policyId,
    attributes: {
      Arn: (naming) =>
        `arn:aws:organizations::${ACCOUNT_ID}:policy/${ORGANIZATION_ID}/service_control_policy/${policyId(naming)}`,
      Id: policyId,
    },
  },
  'AWS::SQS::Queue': {
    ref: queueUrl,
    attributes: { Arn: arn('sqs', ''), QueueName: byName, QueueUrl: queueUrl },
  },
};

type Typed = Pick<Resource, 'Type' | 'Properties'>;

/** Physical names are the logical ids, so they are the same in every run. The name of a FIFO queue also ends in `.fifo`. */
export interface Identities {
  canRef(resource: Typed): boolean;
  /** The value of `{Ref: logicalId}`. @throws Error when the local run does not know what `Ref` means for the type */
  ref(resource: Typed, logicalId: string): string;
  /** The value of `{"Fn::GetAtt": [logicalId, attribute]}`. @throws Error when the local run does not know it */
  attribute(resource: Typed, logicalId: string, attribute: string): string;
}

function physicalName({ Type, Properties }: Typed, logicalId: string): string {
  const isFifo = Type === 'AWS::SQS::Queue' && String(Properties.FifoQueue) === 'true';
  return isFifo ? `${logicalId}.fifo` : logicalId;
}

/** @param place - Region and addresses of the resources. */
export function createIdentities(place: Omit<Naming, 'name'>): Identities {
  return {
    canRef: ({ Type }) => identities[Type]?.ref !== undefined,
    ref(resource, logicalId) {
      const ref = identities[resource.Type]?.ref;
      if (!ref) throw new Error(`Ref of ${logicalId} (${resource.Type}) is not supported by the local run.`);
      return ref({ name: physicalName(resource, logicalId), ...place });
    },
    attribute(resource, logicalId, attribute) {
      const value = identities[resource.Type]?.attributes?.[attribute];
      if (!value)
        throw new Error(`${attribute} of ${logicalId} (${resource.Type}) is not supported by the local run.`);
      return value({ name: physicalName(resource, logicalId), ...place });
    },
  };
}
