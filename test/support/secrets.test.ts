import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { findSecrets } from './secrets.ts';

/** Has characters that every encoding must change. */
const SECRET = `aoaAAAA+/"\\é~${randomBytes(30).toString('base64url')}=&?`;
const OTHER = randomBytes(48).toString('base64url');
const noise = (length: number) => randomBytes(length).toString('base64');

/** Ways in which a secret may be written by mistake. */
const disguises: [how: string, (secret: string) => string][] = [
  ['plain', (secret) => secret],
  ['backwards', (secret) => [...secret].reverse().join('')],
  ['URL-encoded', encodeURIComponent],
  ['as a form', (secret) => new URLSearchParams({ a: 'b', secret }).toString()],
  ['in JSON', (secret) => JSON.stringify({ secret })],
  ['in JSON in JSON', (secret) => JSON.stringify({ body: JSON.stringify({ secret }) })],
  ['in hex', (secret) => Buffer.from(secret).toString('hex')],
  ['in capital hex', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
  ['as an inspected buffer', (secret) => inspect(Buffer.from(secret))],
  ['as a buffer in JSON', (secret) => JSON.stringify(Buffer.from(secret))],
  ...['', 'x', 'xy', 'xyz', '{"accessToken":"'].flatMap((before): typeof disguises => [
    [`in base64 after ${before}`, (secret) => Buffer.from(`${before}${secret}"`).toString('base64')],
    [`in base64url after ${before}`, (secret) => Buffer.from(`${before}${secret}"`).toString('base64url')],
  ]),
];

test.each(disguises)('a secret is found %s, and no other secret is', (_, disguise) => {
  for (let offset = 0; offset < 16; offset += 1) {
    const haystack = noise(300).slice(0, 100 + offset) + disguise(SECRET) + noise(30);
    expect(findSecrets(haystack, [OTHER, SECRET])).toContainEqual(expect.stringMatching(/^secret 1, /));
    expect(findSecrets(haystack, [OTHER])).toEqual([]);
  }
});

test.each(disguises)('a part of 17 characters is found %s, wherever it begins', (_, disguise) => {
  const missed = Array.from({ length: OTHER.length - 17 }, (__, from) =>
    disguise(OTHER.slice(from, from + 17)),
  )
    .map((part, n) => noise(30).slice(0, n % 11) + part)
    .filter((haystack) => findSecrets(haystack, [OTHER]).length === 0);
  expect(missed).toEqual([]);
});

test('16 characters are found, and 15 are not', () => {
  const parts = (length: number) =>
    Array.from(
      { length: OTHER.length - length + 1 },
      (_, from) => `-- ${OTHER.slice(from, from + length)} --`,
    );
  expect(parts(16).filter((haystack) => findSecrets(haystack, [OTHER]).length === 0)).toEqual([]);
  expect(parts(15).filter((haystack) => findSecrets(haystack, [OTHER]).length > 0)).toEqual([]);
});

test('the description of a finding does not contain the secret', () => {
  const told = findSecrets(`${SECRET} ${Buffer.from(SECRET).toString('hex')}`, [SECRET]).join();
  expect(told).toMatch(/plain.*in hex/);
  expect(findSecrets(told, [SECRET])).toEqual([]);
});

test('a secret that is too short is an error, not a secret that is not found', () => {
  expect(() => findSecrets('hush', ['hush'])).toThrow('too short');
});

test('hundreds of secrets in megabytes are found quickly', () => {
  const secrets = Array.from({ length: 300 }, () => `local-access-${randomBytes(48).toString('base64url')}`);
  const haystack = `local-access-none of them ${noise(4_000_000)}${secrets[299]}`;
  const startedAt = performance.now();
  expect(findSecrets(haystack, secrets)).toHaveLength(1);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
