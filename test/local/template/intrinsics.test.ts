// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholders look like JavaScript's.
import { createResolver } from '../../../local/template/intrinsics.ts';
import { requireSupported } from '../../../local/template/supported.ts';

const resource = (Type: string) => ({ Type, Properties: {} });
const stack = {
  stackName: 'Stack',
  parameters: new Map([['BootstrapVersion', '/cdk/version']]),
  resources: new Map([
    ['Fn', resource('AWS::Lambda::Function')],
    ['Table', resource('AWS::DynamoDB::GlobalTable')],
    ['Logs', resource('AWS::Logs::LogGroup')],
    ['Role', resource('AWS::IAM::Role')],
    ['Queue', resource('AWS::SQS::Queue')],
    ['Other', resource('AWS::Made::Up')],
  ]),
};
const resolver = createResolver(stack, 'eu-west-1');

describe('intrinsic functions', () => {
  it.each([
    ['plain values', { a: [1, 'b', true, null] }, { a: [1, 'b', true, null] }],
    ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'eu-west-1'],
    ['Ref of the account', { Ref: 'AWS::AccountId' }, '000000000000'],
    ['Ref of a parameter', { Ref: 'BootstrapVersion' }, '/cdk/version'],
    ['Ref of a table', { Ref: 'Table' }, 'Table'],
    [
      'Arn of a function',
      { 'Fn::GetAtt': ['Fn', 'Arn'] },
      'arn:aws:lambda:eu-west-1:000000000000:function:Fn',
    ],
    [
      'Arn of a table',
      { 'Fn::GetAtt': ['Table', 'Arn'] },
      'arn:aws:dynamodb:eu-west-1:000000000000:table/Table',
    ],
    [
      'Arn of a log group',
      { 'Fn::GetAtt': 'Logs.Arn' },
      'arn:aws:logs:eu-west-1:000000000000:log-group:Logs:*',
    ],
    ['Arn of a role', { 'Fn::GetAtt': ['Role', 'Arn'] }, 'arn:aws:iam::000000000000:role/Role'],
    ['Arn of a queue', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:eu-west-1:000000000000:Queue'],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'Table' }, 3]] }, 'a-Table-3'],
    [
      'Sub of a string',
      { 'Fn::Sub': 'x-${AWS::Region}-${Fn.Arn}-${!kept}' },
      'x-eu-west-1-arn:aws:lambda:eu-west-1:000000000000:function:Fn-${kept}',
    ],
    ['Sub with a map', { 'Fn::Sub': ['${a}/${Table}', { a: { Ref: 'AWS::Partition' } }] }, 'aws/Table'],
    ['nested in objects', { deep: [{ name: { Ref: 'Fn' } }] }, { deep: [{ name: 'Fn' }] }],
  ])('resolves %s', (_, value, expected) => {
    expect(resolver.resolve(value)).toEqual(expected);
  });

  it.each([
    ['an unknown function', { 'Fn::ImportValue': 'x' }, 'Fn::ImportValue'],
    ['a condition', { 'Fn::If': ['a', 'b', 'c'] }, 'Fn::If'],
    ['a reference to nothing', { Ref: 'Nowhere' }, 'Nowhere'],
    ['an attribute of nothing', { 'Fn::GetAtt': ['Nowhere', 'Arn'] }, 'Nowhere'],
    ['a reference to an unknown type', { Ref: 'Other' }, 'AWS::Made::Up'],
    ['an unknown attribute', { 'Fn::GetAtt': ['Fn', 'Colour'] }, 'Colour'],
    ['a name nobody knows in Sub', { 'Fn::Sub': '${Nowhere}' }, 'Nowhere'],
    ['a part of a text', { 'Fn::Select': [0, { 'Fn::Split': ['.', 'a.b'] }] }, 'Fn::Select'],
  ])('refuses %s', (_, value, message) => {
    expect(() => resolver.resolve(value)).toThrow(message);
  });
});

describe('resources that the local run supports', () => {
  it('names every resource that it would have to skip', () => {
    expect(() => requireSupported(stack)).toThrow(
      'The local run does not know how to run Other (AWS::Made::Up).',
    );
  });

  it('accepts what it runs, and what has no behaviour here', () => {
    const known = ['Fn', 'Table', 'Logs', 'Role'];
    const resources = new Map([...stack.resources].filter(([id]) => known.includes(id)));
    expect(() => requireSupported({ resources })).not.toThrow();
  });

  it('refuses a function with a condition', () => {
    const resources = new Map([['Fn', { ...resource('AWS::Lambda::Function'), Condition: 'Sometimes' }]]);
    expect(() => requireSupported({ resources })).toThrow('Fn (AWS::Lambda::Function, under a condition)');
  });
});
