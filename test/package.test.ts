import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const NAME = 'identity-center-revocation';
/** Of the app that has the package installed. */
let app: string;

/** What the package is installed with, but for the functions' own dependencies, which only bundling needs. */
const BESIDE = ['aws-cdk-lib', 'constructs', 'valibot'];

beforeAll(() => {
  app = mkdtempSync(join(tmpdir(), 'package-test-'));
  const installed = join(app, 'node_modules', NAME);
  mkdirSync(installed, { recursive: true });
  execFileSync(process.execPath, [join(root, 'tools', 'build.js'), join(installed, 'dist')]);
  copyFileSync(join(root, 'package.json'), join(installed, 'package.json'));
  symlinkSync(join(root, 'lambda'), join(installed, 'lambda'));
  // The CDK looks for the app's root by its lockfile.
  writeFileSync(join(app, 'package-lock.json'), '{}');
  for (const name of BESIDE) symlinkSync(join(root, 'node_modules', name), join(app, 'node_modules', name));
});
afterAll(() => rmSync(app, { recursive: true }));

const STACK = `
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const revocation = new SessionRevocation(new Stack(app, 'Theirs'), 'Revocation');
  console.log(revocation.node.path);
`;

test.each([
  [
    'a CommonJS app',
    'app.cjs',
    `const { App, Stack } = require('aws-cdk-lib'); const { SessionRevocation } = require('${NAME}');`,
  ],
  [
    'an app of ES modules',
    'app.mjs',
    `import { App, Stack } from 'aws-cdk-lib'; import { SessionRevocation } from '${NAME}';`,
  ],
])(
  '%s has the construct in its stack',
  (_, file, imports) => {
    writeFileSync(join(app, file), imports + STACK);
    expect(execFileSync(process.execPath, [file], { cwd: app, encoding: 'utf8' })).toBe(
      'Theirs/Revocation\n',
    );
  },
  30_000,
);

test("an app's own jest loads the construct", () => {
  writeFileSync(join(app, 'package.json'), '{ "name": "theirs" }');
  writeFileSync(
    join(app, 'stack.test.js'),
    `test('loads', () => expect(require('${NAME}').SessionRevocation).toBeInstanceOf(Function));`,
  );
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const run = () => execFileSync(process.execPath, [jest, '--rootDir', app], { cwd: app, stdio: 'pipe' });
  expect(run).not.toThrow();
}, 30_000);

test('with moduleResolution node, TypeScript finds what exports names', () => {
  const { main, types, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(exports['.']).toEqual({ types, default: main });
  const { compilerOptions, include } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8'));
  expect(compilerOptions).toMatchObject({ rootDir: '.', outDir: dirname(main).slice(2), declaration: true });
  expect(types).toBe(`${dirname(main)}/${include[0].replace(/\.ts$/, '.d.ts')}`);
});
