import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withoutAws } from '../../../local/ground/without-aws.ts';
import { synthesize } from '../../../local/template/synthesize.ts';

const root = join(import.meta.dirname, '..', '..', '..');
let directory: string;
let network: Awaited<ReturnType<typeof aNetwork>> | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'synthesize-'));
});
afterEach(() => {
  network?.close();
  rmSync(directory, { recursive: true });
});

/** An app with an empty stack, which writes down its environment. */
function anApp(): string {
  const file = join(directory, 'app.cjs');
  const Empty = {
    type: 'aws:cloudformation:stack',
    environment: 'aws://unknown-account/unknown-region',
    properties: { templateFile: 'Empty.template.json' },
  };
  const manifest = JSON.stringify({ version: '36.0.0', artifacts: { Empty } });
  writeFileSync(
    file,
    `const { writeFileSync } = require('node:fs');
     writeFileSync(process.env.CDK_OUTDIR + '/manifest.json', ${JSON.stringify(manifest)});
     writeFileSync(process.env.CDK_OUTDIR + '/Empty.template.json', '{}');
     writeFileSync(${JSON.stringify(join(directory, 'env.json'))}, JSON.stringify(process.env));`,
  );
  return `${process.execPath} ${file}`;
}

/** A profile whose credentials come from a command that leaves a file behind. */
function aProfile() {
  const ran = join(directory, 'credential-process-ran');
  const command = join(directory, 'credentials');
  const config = join(directory, 'config');
  const credentials = { Version: 1, AccessKeyId: 'AKIAREAL', SecretAccessKey: 'real' };
  writeFileSync(command, `#!/bin/sh\ntouch ${ran}\necho '${JSON.stringify(credentials)}'\n`, { mode: 0o755 });
  writeFileSync(config, `[profile mine]\nregion = eu-west-1\ncredential_process = ${command}\n`);
  return { ran, env: { AWS_PROFILE: 'mine', AWS_CONFIG_FILE: config } };
}

/** Counts all network requests: to AWS by its endpoint, and to any other host by a proxy. */
async function aNetwork() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(500).end();
  });
  server.on('connect', ({ url }, socket) => {
    asked.push(`CONNECT ${url}`);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { AWS_ENDPOINT_URL: url, HTTPS_PROXY: url, HTTP_PROXY: url, https_proxy: url, http_proxy: url };
  return { asked, env, close: () => server.close() };
}

const keys = { AWS_ACCESS_KEY_ID: 'AKIAREAL', AWS_SECRET_ACCESS_KEY: 'real' };

test.each([
  ['a profile with a credential_process', false],
  ['credentials in the environment', true],
])(
  'with %s, synthesizing runs no command, sends no request, and passes on no credentials',
  async (_, hasKeys) => {
    const { ran, env } = aProfile();
    network = await aNetwork();
    const given = { PATH: process.env.PATH, ...network.env, ...env, ...(hasKeys && keys) };
    const output = join(directory, 'out');
    await synthesize({ output, settings: {}, env: given, stdio: ['ignore', 'ignore', 'pipe'], app: anApp() });
    network.close();
    expect(existsSync(ran)).toBe(false);
    expect(network.asked).toEqual([]);
    const seen = JSON.parse(readFileSync(join(directory, 'env.json'), 'utf8'));
    expect(JSON.stringify(seen)).not.toMatch(/AKIAREAL|eu-west-1/);
    expect(seen).not.toHaveProperty('CDK_DEFAULT_ACCOUNT');
  },
  30_000,
);

test('a synthesis that fails is an error', async () => {
  const options = { output: join(directory, 'out'), settings: {}, env: process.env } as const;
  await expect(synthesize({ ...options, stdio: 'ignore', app: 'exit 3' })).rejects.toThrow(
    'cdk synth has failed',
  );
}, 30_000);

test('variables that lead to AWS are removed from an environment, and all others are kept', () => {
  const env = withoutAws({
    PATH: '/bin',
    PORT: '3001',
    ...keys,
    AWS_PROFILE: 'mine',
    CDK_DEFAULT_ACCOUNT: '1',
  });
  expect(env).toMatchObject({ PATH: '/bin', PORT: '3001', AWS_EC2_METADATA_DISABLED: 'true' });
  expect(Object.keys(env).filter((name) => /^(AWS|CDK)_/.test(name))).toEqual([
    'AWS_CONFIG_FILE',
    'AWS_SHARED_CREDENTIALS_FILE',
    'AWS_EC2_METADATA_DISABLED',
    'CDK_DISABLE_VERSION_CHECK',
    'CDK_DISABLE_CLI_TELEMETRY',
  ]);
});

test('every command of the local run synthesizes like this, and npm does not check for its newest version', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(scripts.synth).toBe('node tools/node/check.js && node local/synth.ts');
  for (const name of ['start', 'demo', 'bench']) expect(scripts[name]).toMatch(/^npm run --silent synth && /);
  expect(readFileSync(join(root, '.npmrc'), 'utf8')).toMatch(/^update-notifier=false$/m);
});
