import { ACCOUNT_ID, ORGANIZATION_ID } from '../ground/account.ts';
import { type Context, type Input, type Need, type Place, present } from './call-need.ts';
import { dynamoDbNeeds } from './dynamodb-needs.ts';
import { identityStoreNeeds, ssoNeeds } from './identity-center-needs.ts';

type ServiceNeeds = (operation: string, input: Input, place: Place) => Need[];

/** By the service's name in a signature's scope. The names of its actions begin with it too. */
const services: Readonly<Record<string, ServiceNeeds>> = {
  dynamodb: dynamoDbNeeds,
  sqs: (operation, { QueueUrl }, { region }) => {
    const name = String(QueueUrl).replace(/^.*\//, '');
    // A batch operation has no permission of its own: each entry needs the permission of the single operation.
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
    // Each entry needs a permission: IAM checks the bus, the source and the detail type of each.
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

/** A call of an unknown service needs a permission on `*`, so that it is not allowed until somebody adds the service here. */
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
