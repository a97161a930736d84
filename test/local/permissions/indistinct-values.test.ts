import { createMerger } from '../../../local/permissions/indistinct-values.ts';

const policyWith = (...conditions: Record<string, Record<string, unknown>>[]) => ({
  Version: '2012-10-17',
  Statement: conditions.map((Condition) => ({ Effect: 'Allow', Action: 'x:Y', Resource: '*', Condition })),
});

const variable = (key: string) => `\${${key}}`;

describe('values that no condition distinguishes become the first of them', () => {
  const merge = createMerger([
    policyWith({ 'ForAllValues:StringNotLike': { Keys: ['#*'] }, Null: { Keys: 'false' } }),
    policyWith(
      { StringEquals: { keys: '#JOBS' } },
      { 'ForAnyValue:StringLikeIfExists': { KEYS: ['*?end'] } },
    ),
  ]);

  test.each([
    [['jdoe'], ['jdoe']],
    [['jane'], ['jdoe']],
    [['alice', 'bob', 'carol'], ['jdoe']],
    [['#FENCE#jane'], ['#FENCE#jane']],
    [
      ['#FENCE#john', 'john'],
      ['#FENCE#jane', 'jdoe'],
    ],
    [['#JOBS'], ['#JOBS']],
    [['#jobs'], ['#FENCE#jane']],
    [
      ['weekend', 'end'],
      ['jdoe', 'weekend'],
    ],
    [[], []],
  ])('%j as %j', (values, expected) => {
    expect(merge({ Keys: values })).toEqual({ Keys: expected });
  });

  test('also single values, and other keys stay', () => {
    expect(merge({ Keys: 'jane', Other: 'a' })).toEqual({ Keys: 'jdoe', Other: 'a' });
    expect(merge({ Other: 'b' })).toEqual({ Other: 'b' });
  });
});

test.each([
  ['without regard to letter case', { StringEqualsIgnoreCase: { Keys: 'a' } }],
  ['as numbers', { NumericLessThan: { Keys: '5' } }],
  ['with a variable', { StringEquals: { Keys: variable('aws:username') } }],
  ['as strings and otherwise', { StringEquals: { Keys: 'a' }, ArnLike: { Keys: 'arn:*' } }],
])('values that are compared %s stay as they are', (_, condition) => {
  const merge = createMerger([policyWith(condition)]);
  for (const value of ['1', '2', 'A']) expect(merge({ Keys: [value] })).toEqual({ Keys: [value] });
});
