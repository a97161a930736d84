import { ACCOUNT_ID, ORGANIZATION_ID } from '../ground/account.ts';
import { type Context, type Input, type Need, type Place, present } from './call-need.ts';
import { dynamoDbNeeds } from './dynamodb-needs.ts';
import { identityStoreNeeds, ssoNeeds } from './identity-center-needs.ts';

type ServiceNeeds = (operation: string, input: Input, place: Place) => Need[];

/** By the service in a signature's scope, which is also what its actions begin with. */
const services: Readonly<Record<string, ServiceNeeds>> = {
  dynamodb: dynamoDbNeeds,
  sqs: (operation, { QueueUrl }, { region }) => {
    const name = String(QueueUrl).replace(/^.*\//, '');
    // There is no permission for batches of their own: each entry needs that of the single operation.
    const action = `sqs:${operation.replace(/Batch$/, '')}`;
    return [{ action, resources: [`arn:aws:sqs:${region}:${ACCOUNT_ID}:${name}`], context: {} }];
  },
  kms: (operation, input, place) => {
    const key = place.kmsKeyOf(input);
    return key === undefined
      ? []
      : [{ action: `kms:${operation}`, resources: [key], context: encryptionContext(input) }];
  },
  identitystore: identityStoreNeeds,
  sso: ssoNeeds,
  organizations: (operation, { PolicyId }) => {
    const policy = `arn:aws:organizations::${ACCOUNT_ID}:policy/${ORGANIZATION_ID}/service_control_policy/${PolicyId}`;
    return [
      {
        action: `organizations:${operation}`,
        resources: [PolicyId === undefined ? '*' : policy],
        context: {},
      },
    ];
  },
  events: (operation, { Entries }, { region }) =>
    // One permission for each entry: IAM asks for the bus, the source and the detail type of each.
    (Array.isArray(Entries) ? Entries : []).map(({ EventBusName = 'default', Source, DetailType }) => ({
      action: `events:${operation}`,
      resources: [busArn(String(EventBusName), region)],
      context: { 'events:source': [String(Source)], 'events:detail-type': [String(DetailType)] },
    })),
  sts: (operation, { RoleArn, RoleSessionName, ExternalId }) => [
    {
      action: `sts:${operation}`,
      resources: [RoleArn === undefined ? '*' : String(RoleArn)],
      context: present({ 'sts:RoleSessionName': RoleSessionName, 'sts:ExternalId': ExternalId }),
    },
  ],
};

/** A service that is not known here is asked for as a whole, so that its calls are not allowed until somebody adds it. */
export function needsOf(service: string, operation: string, input: Input, place: Place): Need[] {
  const needs = services[service]?.(operation, input, place);
  return needs ?? [{ action: `${service}:${operation}`, resources: ['*'], context: {} }];
}

function busArn(nameOrArn: string, region: string): string {
  return nameOrArn.startsWith('arn:')
    ? nameOrArn
    : `arn:aws:events:${region}:${ACCOUNT_ID}:event-bus/${nameOrArn}`;
}

function encryptionContext({ EncryptionContext }: Input): Context {
  const pairs = Object.entries(Object(EncryptionContext)).map(([key, value]): [string, string] => [
    key,
    String(value),
  ]);
  if (pairs.length === 0) return {};
  return {
    'kms:EncryptionContextKeys': pairs.map(([key]) => key).sort(),
    ...Object.fromEntries(pairs.map(([key, value]) => [`kms:EncryptionContext:${key}`, value])),
  };
}
