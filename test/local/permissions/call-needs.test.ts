import type { Input, Need, Place } from '../../../local/permissions/call-need.ts';
import { needsOf } from '../../../local/permissions/call-needs.ts';

const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/T';
const INSTANCE = 'arn:aws:sso:::instance/ssoins-0000000000000000';
const PERMISSION_SET = 'arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-1111111111111111';

const place: Place = {
  region: 'us-east-1',
  partitionKeyOf: (_table, index) => (index === undefined ? 'id' : 'owner'),
  kmsKeyOf: ({ KeyId }) => (KeyId === 'unknown' ? undefined : 'arn:aws:kms:us-east-1:000000000000:key/1'),
};

const cases: {
  call: string;
  input: Input;
  action?: string;
  resources: string[];
  context?: Need['context'];
}[] = [
  {
    call: 'dynamodb:PutItem',
    input: {
      TableName: 'T',
      Item: { id: { S: 'a' }, size: { N: '1' } },
      ConditionExpression: 'attribute_not_exists(id) OR outcome IN (:x, :y)',
      ReturnValues: 'ALL_OLD',
    },
    resources: [TABLE],
    context: {
      'dynamodb:LeadingKeys': ['a'],
      'dynamodb:Attributes': ['id', 'outcome', 'size'],
      'dynamodb:ReturnValues': 'ALL_OLD',
    },
  },
  {
    call: 'dynamodb:UpdateItem',
    input: {
      TableName: 'T',
      Key: { id: { S: 'a' } },
      UpdateExpression: 'SET #n.deep[0] = if_not_exists(done, :at), plain = :x REMOVE old',
      ConditionExpression: 'size (list) > :n AND NOT (state = :s)',
      ExpressionAttributeNames: { '#n': 'nested' },
    },
    resources: [TABLE],
    context: {
      'dynamodb:LeadingKeys': ['a'],
      'dynamodb:Attributes': ['done', 'id', 'list', 'nested', 'old', 'plain', 'state'],
    },
  },
  {
    call: 'dynamodb:Query',
    input: {
      TableName: 'T',
      IndexName: 'byOwner',
      KeyConditionExpression: '#o = :o AND at > :from',
      ProjectionExpression: 'id, #o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': { S: 'jdoe' }, ':from': { S: '2026' } },
      ExclusiveStartKey: { id: { S: 'z' }, owner: { S: 'other' } },
      Select: 'SPECIFIC_ATTRIBUTES',
    },
    resources: [`${TABLE}/index/byOwner`],
    context: {
      'dynamodb:LeadingKeys': ['jdoe'],
      'dynamodb:Attributes': ['at', 'id', 'owner'],
      'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
    },
  },
  {
    call: 'dynamodb:Query',
    input: {
      TableName: 'T',
      KeyConditionExpression: 'id = :id AND begins_with(#s, :s)',
      ExpressionAttributeNames: { '#s': 'sort' },
      ExpressionAttributeValues: { ':s': { S: 'SESSION#' }, ':id': { S: '#FENCE#jdoe' } },
    },
    resources: [TABLE],
    context: { 'dynamodb:LeadingKeys': ['#FENCE#jdoe'], 'dynamodb:Attributes': ['id', 'sort'] },
  },
  {
    call: 'dynamodb:GetItem',
    input: { TableName: 'T', Key: { id: { S: '#JOBS' }, sort: { S: 's' } }, ProjectionExpression: 'place' },
    resources: [TABLE],
    context: { 'dynamodb:LeadingKeys': ['#JOBS'], 'dynamodb:Attributes': ['id', 'place', 'sort'] },
  },
  {
    call: 'dynamodb:DeleteItem',
    input: { TableName: 'T', Key: { id: { S: 'a' } }, ConditionExpression: 'begunAt < :at' },
    resources: [TABLE],
    context: { 'dynamodb:LeadingKeys': ['a'], 'dynamodb:Attributes': ['begunAt', 'id'] },
  },
  { call: 'dynamodb:Scan', input: { TableName: 'T' }, resources: [TABLE] },
  {
    call: 'dynamodb:Scan',
    input: {
      TableName: 'T',
      ProjectionExpression: 'id, #x',
      ExpressionAttributeNames: { '#x': 'expiresAt' },
      Select: 'SPECIFIC_ATTRIBUTES',
    },
    resources: [TABLE],
    context: { 'dynamodb:Attributes': ['expiresAt', 'id'], 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
  },
  {
    call: 'dynamodb:BatchWriteItem',
    input: {
      RequestItems: {
        T: [
          { PutRequest: { Item: { id: { S: 'b' }, x: { S: '' } } } },
          { DeleteRequest: { Key: { id: { S: 'a' } } } },
        ],
      },
    },
    resources: [TABLE],
    context: { 'dynamodb:LeadingKeys': ['a', 'b'], 'dynamodb:Attributes': ['id', 'x'] },
  },
  {
    call: 'dynamodb:BatchGetItem',
    input: { RequestItems: { T: { Keys: [{ id: { S: 'a' } }], ProjectionExpression: 'x' } } },
    resources: [TABLE],
    context: { 'dynamodb:LeadingKeys': ['a'], 'dynamodb:Attributes': ['id', 'x'] },
  },
  {
    call: 'sqs:SendMessageBatch',
    input: { QueueUrl: 'http://localhost:3000/000000000000/Q.fifo', Entries: [] },
    action: 'sqs:SendMessage',
    resources: ['arn:aws:sqs:us-east-1:000000000000:Q.fifo'],
  },
  {
    call: 'kms:Decrypt',
    input: { CiphertextBlob: '', EncryptionContext: { userId: 'u', sessionId: 's' } },
    resources: ['arn:aws:kms:us-east-1:000000000000:key/1'],
    context: {
      'kms:EncryptionContextKeys': ['sessionId', 'userId'],
      'kms:EncryptionContext:userId': 'u',
      'kms:EncryptionContext:sessionId': 's',
    },
  },
  {
    call: 'identitystore:DescribeUser',
    input: { IdentityStoreId: 'd-0000000000', UserId: 'u' },
    resources: [
      'arn:aws:identitystore::000000000000:identitystore/d-0000000000',
      'arn:aws:identitystore:::user/u',
    ],
  },
  {
    call: 'identitystore:ListUsers',
    input: { IdentityStoreId: 'd-0000000000', MaxResults: 100 },
    resources: [
      'arn:aws:identitystore::000000000000:identitystore/d-0000000000',
      'arn:aws:identitystore:::user/*',
    ],
  },
  {
    call: 'identitystore:ListGroupMembershipsForMember',
    input: { IdentityStoreId: 'd-0000000000', MemberId: { UserId: 'u' } },
    resources: [
      'arn:aws:identitystore::000000000000:identitystore/d-0000000000',
      'arn:aws:identitystore:::user/u',
      'arn:aws:identitystore:::membership/*',
    ],
  },
  {
    call: 'identitystore:DeleteGroupMembership',
    input: { IdentityStoreId: 'd-0000000000', MembershipId: 'm' },
    resources: [
      'arn:aws:identitystore::000000000000:identitystore/d-0000000000',
      'arn:aws:identitystore:::user/whoever-is-found',
      'arn:aws:identitystore:::group/whichever-is-found',
      'arn:aws:identitystore:::membership/m',
    ],
  },
  {
    call: 'identitystore:CreateGroupMembership',
    input: { IdentityStoreId: 'd-0000000000', GroupId: 'g', MemberId: { UserId: 'u' } },
    resources: [
      'arn:aws:identitystore::000000000000:identitystore/d-0000000000',
      'arn:aws:identitystore:::user/u',
      'arn:aws:identitystore:::group/g',
    ],
  },
  {
    call: 'identitystore:DescribeGroup',
    input: { IdentityStoreId: 'd-0000000000', GroupId: 'g' },
    resources: [
      'arn:aws:identitystore::000000000000:identitystore/d-0000000000',
      'arn:aws:identitystore:::group/g',
    ],
  },
  {
    call: 'sso:ListAccountAssignmentsForPrincipal',
    input: { InstanceArn: INSTANCE, PrincipalId: 'u', PrincipalType: 'USER' },
    resources: [INSTANCE],
  },
  {
    call: 'sso:DescribePermissionSet',
    input: { InstanceArn: INSTANCE, PermissionSetArn: PERMISSION_SET },
    resources: [INSTANCE, PERMISSION_SET],
  },
  {
    call: 'sso:DeleteAccountAssignment',
    input: { InstanceArn: INSTANCE, PermissionSetArn: PERMISSION_SET, TargetId: '111122223333' },
    resources: [INSTANCE, PERMISSION_SET, 'arn:aws:sso:::account/111122223333'],
  },
  {
    call: 'organizations:UpdatePolicy',
    input: { PolicyId: 'p-12345678', Content: '{}' },
    resources: ['arn:aws:organizations::000000000000:policy/o-local00000/service_control_policy/p-12345678'],
  },
  {
    call: 'events:PutEvents',
    input: { Entries: [{ Source: 'hr', DetailType: 'User Removed', Detail: '{}' }] },
    resources: ['arn:aws:events:us-east-1:000000000000:event-bus/default'],
    context: { 'events:source': ['hr'], 'events:detail-type': ['User Removed'] },
  },
  {
    call: 'events:PutEvents',
    input: {
      Entries: [
        {
          Source: 'hr',
          DetailType: 'x',
          EventBusName: 'arn:aws:events:eu-west-1:111122223333:event-bus/security',
        },
      ],
    },
    resources: ['arn:aws:events:eu-west-1:111122223333:event-bus/security'],
    context: { 'events:source': ['hr'], 'events:detail-type': ['x'] },
  },
  {
    call: 'sts:AssumeRole',
    input: { RoleArn: 'arn:aws:iam::111122223333:role/Denier', RoleSessionName: 'deny' },
    resources: ['arn:aws:iam::111122223333:role/Denier'],
    context: { 'sts:RoleSessionName': 'deny' },
  },
  { call: 'ssm:GetParameter', input: {}, resources: ['*'] },
];

test.each(cases)(
  '$call needs its permission on its resource',
  ({ call, input, action, resources, context }) => {
    const [service = '', operation = ''] = call.split(':');
    expect(needsOf(service, operation, input, place)).toEqual([
      { action: action ?? call, resources, context: context ?? {} },
    ]);
  },
);

test('a batch for two tables needs both, and an unknown key needs none', () => {
  const RequestItems = { T: [], U: [] };
  const needs = needsOf('dynamodb', 'BatchWriteItem', { RequestItems }, place);
  expect(needs.map(({ resources }) => resources)).toEqual([[TABLE], [TABLE.replace(/T$/, 'U')]]);
  expect(needsOf('kms', 'GenerateDataKey', { KeyId: 'unknown' }, place)).toEqual([]);
});
