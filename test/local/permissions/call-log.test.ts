import { createKmsKeys } from '../../../local/emulators/kms/kms-keys.ts';
import { createCallLog } from '../../../local/permissions/call-log.ts';
import { createResolver } from '../../../local/template/intrinsics.ts';
import { arnOf, assemblyOf } from '../template/assembly-of.ts';

const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/T';

const policy = {
  Roles: [{ Ref: 'Role' }],
  PolicyDocument: {
    Statement: [{ Effect: 'Allow', Condition: { StringEquals: { 'DYNAMODB:Select': 'COUNT' } } }],
  },
};
const assembly = assemblyOf({
  Role: { Type: 'AWS::IAM::Role' },
  Policy: { Type: 'AWS::IAM::Policy', Properties: policy },
  Fn: {
    Type: 'AWS::Lambda::Function',
    Properties: { Role: arnOf('Role') },
  },
  T: {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] },
  },
});
const resolver = createResolver(assembly, 'us-east-1');

const scope = 'AWS4-HMAC-SHA256 Credential=local/20261122/us-east-1';
const signed = (service: string, operation: string, functionId = 'Fn') => ({
  authorization: `${scope}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  'x-amz-security-token': functionId,
  'x-amz-target': `Target.${operation}`,
});
const bodyOf = (input: object) => Buffer.from(JSON.stringify(input));

test("calls that IAM cannot distinguish are one, with its count, and keep only the context that the role's policy reads", () => {
  const log = createCallLog(assembly, resolver, createKmsKeys());
  for (const id of ['a', 'b']) {
    log.record(signed('dynamodb', 'GetItem'), bodyOf({ TableName: 'T', Key: { id: { S: id } } }));
  }
  log.record(signed('dynamodb', 'Query'), bodyOf({ TableName: 'T', Select: 'COUNT' }));
  expect(log.list()).toEqual([
    { functionId: 'Fn', action: 'dynamodb:GetItem', resources: [TABLE], context: {}, times: 2 },
    {
      functionId: 'Fn',
      action: 'dynamodb:Query',
      resources: [TABLE],
      context: { 'dynamodb:Select': 'COUNT' },
      times: 1,
    },
  ]);
});

test('the log of a role that is limited to some partitions does not grow with the users', () => {
  const Condition = { 'ForAllValues:StringNotLike': { 'dynamodb:LeadingKeys': ['#*'] } };
  const partitioned = assemblyOf({
    ...Object.fromEntries(assembly.resources),
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        Roles: [{ Ref: 'Role' }],
        PolicyDocument: { Statement: [{ Effect: 'Allow', Condition }] },
      },
    },
  });
  const log = createCallLog(partitioned, createResolver(partitioned, 'us-east-1'), createKmsKeys());
  const put = (id: string) =>
    log.record(signed('dynamodb', 'PutItem'), bodyOf({ TableName: 'T', Item: { id: { S: id } } }));
  for (let n = 0; n < 100; n += 1) put(`user-${n}`);
  put('#JOBS');
  expect(log.list()).toMatchObject([
    { context: { 'dynamodb:LeadingKeys': ['user-0'] }, times: 100 },
    { context: { 'dynamodb:LeadingKeys': ['#JOBS'] }, times: 1 },
  ]);
});

test("context that only another role's policy reads is kept, so that both can be compared", () => {
  const other = { Type: 'AWS::Lambda::Function', Properties: { Role: arnOf('OtherRole') } };
  const two = assemblyOf({
    ...Object.fromEntries(assembly.resources),
    OtherRole: { Type: 'AWS::IAM::Role' },
    Other: other,
  });
  const log = createCallLog(two, createResolver(two, 'us-east-1'), createKmsKeys());
  log.record(signed('dynamodb', 'Query', 'Other'), bodyOf({ TableName: 'T', Select: 'COUNT' }));
  expect(log.list()).toMatchObject([{ functionId: 'Other', context: { 'dynamodb:Select': 'COUNT' } }]);
});

test("context that only a key's policy reads is kept", () => {
  const asking = assemblyOf({
    ...Object.fromEntries(assembly.resources),
    Key: {
      Type: 'AWS::KMS::Key',
      Properties: {
        KeyPolicy: {
          Statement: [{ Effect: 'Deny', Condition: { Null: { 'kms:EncryptionContextKeys': 'true' } } }],
        },
      },
    },
  });
  const asked = createResolver(asking, 'us-east-1');
  const keys = createKmsKeys();
  keys.create({ keyId: asked.ref('Key'), arn: asked.attribute('Key', 'Arn') });
  const log = createCallLog(asking, asked, keys);
  const input = { KeyId: asked.ref('Key'), EncryptionContext: { userId: 'u' } };
  log.record(signed('kms', 'GenerateDataKey'), bodyOf(input));
  expect(log.list()).toMatchObject([{ context: { 'kms:EncryptionContextKeys': ['userId'] } }]);
});

test('callers that are no function, or do not sign, are left out, and forms are read', () => {
  const log = createCallLog(assembly, resolver, createKmsKeys());
  log.record(signed('dynamodb', 'Scan', 'somebody'), bodyOf({ TableName: 'T' }));
  log.record({ 'x-amz-security-token': 'Fn' }, bodyOf({}));
  const { 'x-amz-target': _, ...form } = signed('sts', '');
  log.record(
    form,
    Buffer.from('Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2FR&Version=2011-06-15'),
  );
  expect(log.list()).toMatchObject([{ action: 'sts:AssumeRole', resources: ['arn:aws:iam::1:role/R'] }]);
});
