import fc from 'fast-check';
import { type Json, oddStrings } from './fuzz.ts';

/** Mutations of the text of a JSON document. */
const textMutations: fc.Arbitrary<(text: string) => string> = fc.oneof(
  fc.nat(300).map((at) => (text: string) => text.slice(0, at)),
  fc.tuple(fc.nat(300), oddStrings).map(
    ([at, odd]) =>
      (text: string) =>
        text.slice(0, at) + odd + text.slice(at),
  ),
  fc.constantFrom<(text: string) => string>(
    (text) => text + text,
    (text) => `\ufeff${text}`,
    (text) => text.replaceAll('"', "'"),
    (text) => text.replace('{', '{"userId":"x","userId":null,"accessToken":1,'),
    (text) => text.replace('{', '{"__proto__":{"userId":"x"},'),
    (text) => text.replace('{', '{"constructor":{"prototype":{"x":1}},'),
    (text) => text.replace(/:"[^"]*"/, ':1e999'),
    (text) => text.replace(/:"[^"]*"/, ':-0123'),
    (text) => text.replace(/:"[^"]*"/, `:${'9'.repeat(400)}`),
    (text) => text.replace(/:"/, ':"\\ud800\\u0000'),
    (text) => text.replace(/"}$/, `","more":"${'x'.repeat(70_000)}"}`),
  ),
  fc
    .constantFrom(100, 5_000, 30_000)
    .map(
      (depth) => (text: string) => text.replace(/}$/, `,"deep":${'['.repeat(depth)}${']'.repeat(depth)}}`),
    ),
  fc
    .constantFrom('', 'null', '[]', '"', '{', '{}', '0', '[[[[', '{"a":{"a":{"a":', '\u0000')
    .map((other) => () => other),
);

/** The JSON of such a value. In one case of three, its text is spoilt as well. */
export function spoiltJson(values: fc.Arbitrary<Json>): fc.Arbitrary<string> {
  const spoiling = fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(textMutations, { minLength: 1, maxLength: 2 }) },
  );
  return fc
    .tuple(values, spoiling)
    .map(([value, all]) => all.reduce((text, spoil) => spoil(text), JSON.stringify(value)));
}
