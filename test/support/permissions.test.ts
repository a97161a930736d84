import type { Context } from '../../local/permissions/call-need.ts';
import { createResolver } from '../../local/template/intrinsics.ts';
import { arnOf, assemblyOf } from '../local/template/assembly-of.ts';
import { permissionsIn } from './permissions.ts';

// Checks that the simulator gets what it needs: the kinds of conditions in the stack's roles and keys, in a small
// stack.

const LEADING_KEYS = 'dynamodb:LeadingKeys';
const named = { Null: { [LEADING_KEYS]: 'false' } };
const only = (...keys: string[]) => ({ 'ForAllValues:StringLike': { [LEADING_KEYS]: keys }, ...named });
const allBut = (...keys: string[]) => ({ 'ForAllValues:StringNotLike': { [LEADING_KEYS]: keys }, ...named });
const attributes = {
  'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['userId', 'sessionId'] },
  StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
};

const functionWith = (id: string, ...statements: object[]) => ({
  [`${id}Role`]: {
    Type: 'AWS::IAM::Role',
    Properties: {
      Policies: [
        {
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
          },
        },
      ],
    },
  },
  [id]: { Type: 'AWS::Lambda::Function', Properties: { Role: arnOf(`${id}Role`) } },
});

const onTable = (operations: string[], Condition: object) => ({
  Action: operations.map((operation) => `dynamodb:${operation}`),
  Resource: arnOf('Table'),
  Condition,
});
const useKey = { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: arnOf('Key') };

const everything = {
  Effect: 'Allow',
  Action: 'kms:*',
  Resource: '*',
  Principal: { AWS: { 'Fn::Join': ['', ['arn:aws:iam::', { Ref: 'AWS::AccountId' }, ':root']] } },
};
const butDecryption = {
  Effect: 'Deny',
  Action: ['kms:Decrypt', 'kms:ReEncryptFrom'],
  Resource: '*',
  Principal: { AWS: '*' },
  Condition: { ArnNotEquals: { 'aws:PrincipalArn': [arnOf('OpenerRole')] } },
};

const assembly = assemblyOf({
  Table: { Type: 'AWS::DynamoDB::GlobalTable' },
  Key: {
    Type: 'AWS::KMS::Key',
    Properties: { KeyPolicy: { Version: '2012-10-17', Statement: [everything, butDecryption] } },
  },
  ...functionWith(
    'Writer',
    onTable(['PutItem', 'DeleteItem', 'BatchWriteItem'], allBut('#*')),
    onTable(['GetItem', 'UpdateItem'], only('#FENCE#*')),
    useKey,
  ),
  ...functionWith(
    'Reader',
    onTable(['Query'], { ...attributes, ...allBut('#*') }),
    onTable(['Scan'], attributes),
  ),
  ...functionWith('Opener', useKey),
});
const resolver = createResolver(assembly, 'us-east-1');
const permissions = permissionsIn(assembly);

async function isAllowed(functionId: string, action: string, id: string, context: Context): Promise<boolean> {
  const call = { functionId, action, resources: [resolver.attribute(id, 'Arn')], context };
  return (await permissions.refused([call])).length === 0;
}

const inPartitions = (...keys: string[]): Context => ({ [LEADING_KEYS]: keys });

test.each([
  ['PutItem', inPartitions('jdoe'), true],
  ['PutItem', inPartitions('#FENCE#jdoe'), false],
  ['PutItem', {}, false],
  ['DeleteItem', inPartitions('#JOBS'), false],
  ['BatchWriteItem', inPartitions('jdoe', 'jane'), true],
  ['BatchWriteItem', inPartitions('jdoe', '#JOBS'), false],
  ['GetItem', inPartitions('#FENCE#jdoe'), true],
  ['GetItem', inPartitions('jdoe'), false],
  ['UpdateItem', inPartitions('#FENCE#jdoe'), true],
  ['UpdateItem', inPartitions('#EVERYONE'), false],
])('a role limited to some partitions: %s with %j is allowed: %s', async (operation, context, expected) => {
  expect(await isAllowed('Writer', `dynamodb:${operation}`, 'Table', context)).toBe(expected);
});

const listed = { 'dynamodb:Attributes': ['userId'], 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' };

test.each([
  ['Query', { ...listed, ...inPartitions('jdoe') }, true],
  ['Query', { ...listed, ...inPartitions('#JOBS') }, false],
  ['Query', listed, false],
  ['Query', { ...listed, ...inPartitions('jdoe'), 'dynamodb:Attributes': ['userId', 'ciphertext'] }, false],
  ['Query', { ...inPartitions('jdoe'), 'dynamodb:Attributes': ['userId'] }, false],
  ['Scan', listed, true],
  ['Scan', { ...listed, 'dynamodb:Attributes': ['dataKey'] }, false],
  ['Scan', { ...listed, 'dynamodb:Select': 'ALL_ATTRIBUTES' }, false],
])('a role limited to some attributes: %s with %j is allowed: %s', async (operation, context, expected) => {
  expect(await isAllowed('Reader', `dynamodb:${operation}`, 'Table', context)).toBe(expected);
});

test.each([
  ['Opener', 'kms:Decrypt', true],
  ['Opener', 'kms:GenerateDataKey', true],
  ['Writer', 'kms:GenerateDataKey', true],
  ['Writer', 'kms:Decrypt', false],
  ['Reader', 'kms:GenerateDataKey', false],
])(
  'a key whose policy denies decryption to all roles but one: %s, %s is allowed: %s',
  async (fn, action, expected) => {
    expect(await isAllowed(fn, action, 'Key', {})).toBe(expected);
  },
);
