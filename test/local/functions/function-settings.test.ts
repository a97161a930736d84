import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { functionSettings } from '../../../local/functions/function-settings.ts';
import type { Assembly } from '../../../local/template/assembly.ts';
import { createResolver } from '../../../local/template/intrinsics.ts';
import { assemblyOf } from '../template/assembly-of.ts';

const directory = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('the credentials of a function', () => {
  const own = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
  const Properties = { Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { S3Key: 'code.zip' } };
  const assembly: Assembly = {
    ...assemblyOf({ Fn: { Type: 'AWS::Lambda::Function', Properties } }),
    assetDirectory: () => import.meta.dirname,
  };

  test.each([
    ['name it', {}, 'Fn'],
    ['name it, also where the caller has some: nothing is there that they are for', own, 'Fn'],
    [
      'name it where calls to what the caller named are not signed',
      { ...own, AWS_ENDPOINT_URL_SSO: 'http://x' },
      'Fn',
    ],
    ['name it where the caller has none', { AWS_ENDPOINT_URL_SQS: 'http://x' }, 'Fn'],
    [
      "are the caller's where the caller named a service",
      { ...own, AWS_ENDPOINT_URL_SQS: 'http://x' },
      'token',
    ],
  ])('%s', (_, env, token) => {
    const resolver = createResolver(assembly, 'us-east-1');
    const settings = functionSettings({ assembly, resolver, env, endpoints: {}, workDirectory: directory });
    expect(settings.get('Fn')?.environment).toMatchObject({
      AWS_ACCESS_KEY_ID: token === 'Fn' ? 'local' : 'AKIA',
      AWS_SESSION_TOKEN: token,
    });
  });
});

test.each(['DeadLetterConfig', 'Layers', 'ReservedConcurrentExecutions'])(
  'a function with %s is refused',
  (property) => {
    const Fn = { Type: 'AWS::Lambda::Function', Properties: { [property]: {} } };
    const assembly = assemblyOf({ Fn });
    const resolver = createResolver(assembly, 'us-east-1');
    const options = { assembly, resolver, env: {}, endpoints: {}, workDirectory: directory };
    expect(() => functionSettings(options)).toThrow(`does not support ${property}`);
  },
);
