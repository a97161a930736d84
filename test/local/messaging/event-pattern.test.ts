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
    ['suffix', { detail: { eventName: [{ suffix: 'User' }] } }, true],
    ['exists', { detail: { eventName: [{ exists: true }] } }, true],
    ['exists, of null', { detail: { nothing: [{ exists: true }] } }, true],
    ['exists not', { detail: { errorCode: [{ exists: false }] } }, true],
    ['exists not, of what does', { detail: { eventName: [{ exists: false }] } }, false],
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
    ['what every object inherits, as an operator', { source: [{ constructor: 'a' }] }, 'source uses'],
    ['prefix, ignoring case', { source: [{ prefix: { 'equals-ignore-case': 'a' } }] }, 'source uses'],
    ['equals-ignore-case', { source: [{ 'equals-ignore-case': 'a' }] }, 'source uses'],
    ['wildcard', { source: [{ wildcard: 'a*' }] }, 'source uses'],
    ['anything-but', { source: [{ 'anything-but': 'a' }] }, 'source uses'],
    ['numeric', { detail: { count: [{ numeric: ['=', 5] }] } }, 'detail.count uses'],
    ['$or', { $or: [{ source: ['x'] }, { source: ['y'] }] }, 'its root uses {"$or"'],
    ['$or of texts, below the root', { detail: { $or: ['x', 'y'] } }, 'detail uses {"$or"'],
    ['two operators in one', { source: [{ prefix: 'a', suffix: 'b' }] }, 'source uses'],
    ['a value that is not in a list', { source: 'x' }, 'source must be an object'],
    ['an empty list', { source: [] }, 'source must not be an empty list'],
    ['an empty object', { detail: {} }, 'detail must be an object that is not empty'],
    ['a list in a list', { source: [['x']] }, 'which is no value'],
    ['exists with a text', { source: [{ exists: 'yes' }] }, 'true or false'],
  ])('is refused with %s', (_, pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(message);
  });
});
