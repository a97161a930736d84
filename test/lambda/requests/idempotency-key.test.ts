import { idempotencyKeyOf } from '../../../lambda/requests/parameters.ts';
import type { HttpRequest } from '../../../lambda/shell/http-request.ts';

const keyOf = (header: string | undefined) =>
  idempotencyKeyOf({
    headers: { 'idempotency-key': header },
    caller: { name: 'arn/session', owner: 'arn' },
  } as unknown as HttpRequest);

// The IETF's draft of the header has it as a string of Structured Fields (RFC 8941), in quotes.
test.each([
  ['as it is', 'OFFBOARD-4711', 'OFFBOARD-4711'],
  ['in quotes', '"OFFBOARD-4711"', 'OFFBOARD-4711'],
  ['with a space', 'OFFBOARD 4711', 'OFFBOARD 4711'],
  ['with a space, in quotes', '"OFFBOARD 4711"', 'OFFBOARD 4711'],
  ['with escapes, in quotes', String.raw`"a \"b\" \\ c"`, String.raw`a "b" \ c`],
  ['with spaces around it', '  k1 ', 'k1'],
  ['with one quote', '"k1', '"k1'],
  ['of 255 characters', 'k'.repeat(255), 'k'.repeat(255)],
])('a key %s belongs to the role of the caller', (_name, header, key) => {
  expect(keyOf(header)).toEqual({ key, owner: 'arn' });
});

test('without the header there is no key', () => {
  expect(keyOf(undefined)).toBeUndefined();
});

test.each([
  ['empty', ''],
  ['empty, in quotes', '""'],
  ['of blanks', '   '],
  ['too long', 'k'.repeat(256)],
  ['with a letter that is not ASCII', 'schlüssel'],
  ['with a control character', 'a\tb'],
])('a key that is %s is refused', (_name, header) => {
  expect(() => keyOf(header)).toThrow('Idempotency-Key must be 1 to 255 printable ASCII characters.');
});
