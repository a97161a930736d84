import { compileFilter } from '../../../../local/emulators/logs/filter-pattern.ts';

const line = JSON.stringify({ kind: 'not-ended', code: 'portal-unavailable', status: 503, text: '503' });

test.each([
  ['', true],
  ['"not-ended"', true],
  ['"not ended"', false],
  ['kind status', true],
  ['kind nothing', false],
  ['?nothing ?"not-ended"', true],
  ['?nothing ?neither', false],
  ['{ $.kind = "not-ended" }', true],
  ['{ $.kind = "ended" }', false],
  ['{ $.kind != "ended" }', true],
  ['{ $.absent != "ended" }', false],
  ['{ $.code = "portal-*" }', true],
  ['{ $.code = "portal" }', false],
  ['{ $.text = 5* }', true],
  ['{ $.text = 503 }', false],
  ['{ $.status = 503 }', true],
  ['{ $.status >= 503 }', true],
  ['{ $.status > 503 }', false],
  ['{ $.status < 600 && $.kind = "not-ended" }', true],
  ['{ $.status < 500 || $.kind = "not-ended" }', true],
  ['{ $.status < 500 && $.kind = "not-ended" }', false],
])('the filter %s matches: %s', (pattern, matches) => {
  expect(compileFilter(pattern)(line)).toBe(matches);
});

test('a JSON pattern matches no line that is not JSON', () => {
  expect(compileFilter('{ $.kind = "not-ended" }')('kind: not-ended')).toBe(false);
});

test.each([
  '{ $.kind = "a" && $.code = "b" || $.status = 1 }',
  '{ $.kind IS NULL }',
  '{ kind = "a" }',
  '[status, kind]',
  '%ERR%',
  '?one two',
  '{ $.kind > "a" }',
])('%s is refused, because the local run does not know its meaning', (pattern) => {
  expect(() => compileFilter(pattern)).toThrow('does not know the filter');
});
