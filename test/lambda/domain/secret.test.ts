import { format, inspect } from 'node:util';
import { Secret } from '../../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../../lambda/domain/session.ts';

test('a secret is visible only to code that calls reveal', () => {
  const secret = new Secret('canary');
  const shown = [
    String(secret),
    JSON.stringify({ secret }),
    inspect(secret, { showHidden: true, depth: Infinity }),
    format('%s %o %j', secret, { secret }, secret),
    `${secret}`,
    JSON.stringify(Object.entries(secret)),
    JSON.stringify(structuredClone({ ...secret })),
  ];
  expect(shown.join()).not.toContain('canary');
  for (const text of shown.slice(0, 5)) expect(text).toContain('[secret]');
  expect(secret.reveal()).toBe('canary');
});

test('the session id is base64url(SHA-256(access token))', () => {
  // printf abc | sha256sum | xxd -r -p | base64 | tr '+/' '-_' | tr -d =
  expect(sessionIdOf(new Secret('abc'))).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
});
