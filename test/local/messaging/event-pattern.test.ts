import { compilePattern } from '../../../local/messaging/event-pattern.ts';

const event = {
  source: 'aws.identitystore',
  'detail-type': 'User Deleted',
  resources: ['arn:one', 'arn:two'],
  detail: {
    eventName: 'DeleteUser',
    count: 5,
    flag: true,
    nothing: null,
    target: [
      { type: 'User', alternateId: 'alice@example.com' },
      { type: 'AppInstance', alternateId: 'wiki' },
    ],
  },
};

describe('an event pattern', () => {
  it.each([
    ['an exact value', { source: ['aws.identitystore'] }, true],
    ['one of several', { source: ['x', 'aws.identitystore'] }, true],
    ['another value', { source: ['aws'] }, false],
    ['all of several fields', { source: ['aws.identitystore'], 'detail-type': ['Other'] }, false],
    ['a field that is not there', { absent: ['x'] }, false],
    ['an item of a list', { resources: ['arn:two'] }, true],
    ['no item of a list', { resources: ['arn:three'] }, false],
    ['a nested field', { detail: { eventName: ['DeleteUser'] } }, true],
    ['below what is no object', { source: { eventName: ['DeleteUser'] } }, false],
    ['a number', { detail: { count: [5] } }, true],
    ['a number as text', { detail: { count: ['5'] } }, false],
    ['a boolean', { detail: { flag: [true] } }, true],
    ['null', { detail: { nothing: [null] } }, true],
    ['null for what is absent', { detail: { absent: [null] } }, false],
    [
      'objects in a list, in the same one',
      { detail: { target: { type: ['User'], alternateId: [{ prefix: 'alice' }] } } },
      true,
    ],
    [
      'objects in a list, in different ones',
      { detail: { target: { type: ['User'], alternateId: ['wiki'] } } },
      false,
    ],
    ['prefix', { source: [{ prefix: 'aws.' }] }, true],
    ['another prefix', { source: [{ prefix: 'gcp.' }] }, false],
    ['prefix of a number', { detail: { count: [{ prefix: '5' }] } }, false],
    [
      'prefix, ignoring case',
      { detail: { eventName: [{ prefix: { 'equals-ignore-case': 'delete' } }] } },
      true,
    ],
    ['suffix', { detail: { eventName: [{ suffix: 'User' }] } }, true],
    ['equals-ignore-case', { detail: { eventName: [{ 'equals-ignore-case': 'deleteuser' }] } }, true],
    ['wildcard', { resources: [{ wildcard: 'arn:*o' }] }, true],
    ['wildcard that takes a dot literally', { source: [{ wildcard: 'aws?identity*' }] }, false],
    ['anything-but a value', { source: [{ 'anything-but': 'other' }] }, true],
    ['anything-but this value', { source: [{ 'anything-but': ['aws.identitystore'] }] }, false],
    ['anything-but a prefix', { source: [{ 'anything-but': { prefix: 'aws.' } }] }, false],
    ['anything-but, of an absent field', { absent: [{ 'anything-but': 'x' }] }, false],
    ['exists', { detail: { eventName: [{ exists: true }] } }, true],
    ['exists, of null', { detail: { nothing: [{ exists: true }] } }, true],
    ['exists not', { detail: { errorCode: [{ exists: false }] } }, true],
    ['exists not, of what does', { detail: { eventName: [{ exists: false }] } }, false],
    ['numeric, one bound', { detail: { count: [{ numeric: ['>', 4] }] } }, true],
    ['numeric, two bounds', { detail: { count: [{ numeric: ['>', 0, '<', 5] }] } }, false],
    ['numeric, of a text', { source: [{ numeric: ['=', 5] }] }, false],
    ['$or, one of them', { $or: [{ source: ['x'] }, { detail: { count: [5] } }] }, true],
    ['$or, none', { $or: [{ source: ['x'] }, { detail: { count: [6] } }] }, false],
    ['$or and a field', { $or: [{ source: ['x'] }, { detail: { count: [5] } }], source: ['y'] }, false],
    ['what every object inherits', { constructor: [{ exists: true }] }, false],
  ])('with %s', (_, pattern, isMatch) => {
    expect(compilePattern(pattern)(event)).toBe(isMatch);
  });

  it.each([
    [
      'an unknown operator',
      { detail: { ip: [{ cidr: '10.0.0.0/8' }] } },
      'detail.ip uses {"cidr":"10.0.0.0/8"}',
    ],
    ['two operators in one', { source: [{ prefix: 'a', suffix: 'b' }] }, 'source uses'],
    ['a value that is not in a list', { source: 'x' }, 'source must be an object'],
    ['an empty list', { source: [] }, 'source must not be an empty list'],
    ['an empty object', { detail: {} }, 'detail must be an object that is not empty'],
    ['a list in a list', { source: [['x']] }, 'which is no value'],
    ['a comparison that is none', { source: [{ numeric: ['~', 1] }] }, 'numeric'],
    ['half a comparison', { source: [{ numeric: ['>', 1, '<'] }] }, 'numeric'],
    ['anything-but of an unknown kind', { source: [{ 'anything-but': { cidr: 'x' } }] }, 'anything-but'],
    ['exists with a text', { source: [{ exists: 'yes' }] }, 'true or false'],
    ['a $or with one side', { $or: [{ source: ['x'] }] }, 'two patterns or more'],
  ])('is refused with %s', (_, pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(message);
  });
});
