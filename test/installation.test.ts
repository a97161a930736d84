import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const readJson = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));

type Locked = {
  version?: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
  bin?: Record<string, string>;
};
const lockfile = readJson('package-lock.json');
const locked = Object.entries<Locked>(lockfile.packages);
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
const platforms: Record<string, string> = readJson('tools/node/package.json').optionalDependencies;

// An install script may download files without a hash in the lockfile. The script of the package `node` does.
test('npm runs no install script of any package', () => {
  const withScript = locked
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => nameOf(path));
  const denied = Object.fromEntries(withScript.map((name) => [name, false]));
  expect(withScript).not.toEqual([]);
  expect(readJson('package.json').allowScripts).toEqual(denied);
});

test("the lockfile has each platform's Node.js with its hash, in the version that the functions run on", () => {
  expect(Object.keys(platforms).length).toBe(5);
  for (const [name, version] of Object.entries(platforms)) {
    const entry = lockfile.packages[`node_modules/${name}`];
    expect(entry).toMatchObject({ version, integrity: expect.stringMatching(/^sha512-[\w+/]{86}==$/) });
    expect(version).toMatch(/^24\.\d+\.\d+$/);
    expect(entry).not.toHaveProperty('hasInstallScript');
  }
});

test('installing the construct installs no Node.js', () => {
  const nodes = locked.filter(([, { bin }]) => bin !== undefined && 'node' in bin);
  expect(nodes.map(([path]) => nameOf(path)).sort()).toEqual(Object.keys(platforms).sort());
  expect(nodes.filter(([, { dev, optional }]) => !(dev && optional))).toEqual([]);
  expect(readJson('package.json')).not.toHaveProperty('optionalDependencies');
});

test('installing the construct runs no script of it', () => {
  const installing = ['preinstall', 'install', 'postinstall', 'prepare'];
  expect(Object.keys(readJson('package.json').scripts).filter((name) => installing.includes(name))).toEqual(
    [],
  );
});

// npm 10 first links `node`. Then it removes the links of the packages for other platforms, because they have the same
// name.
test('after an installation, npm links Node.js again', () => {
  expect(readJson('package.json').scripts.postprepare).toBe('npm rebuild --silent --ignore-scripts');
});

test('the example app needs no Node.js package and no install script', () => {
  const { dependencies, devDependencies, ...others } = readJson('examples/own-cdk-app/package.json');
  const packages = Object.keys({ ...dependencies, ...devDependencies });
  expect(packages.sort()).toEqual(['aws-cdk', 'aws-cdk-lib', 'constructs', 'esbuild']);
  expect(others).toEqual({
    name: 'offboarding',
    private: true,
    type: 'module',
    allowScripts: { esbuild: false },
  });
});

test('every command that needs Node.js 24 checks the version first', () => {
  const check = 'node tools/node/check.js && ';
  const unchecked = Object.entries<string>(readJson('package.json').scripts).filter(
    ([, script]) => !script.startsWith(check) && !script.startsWith('npm run --silent synth && '),
  );
  expect(unchecked.map(([name]) => name)).toEqual(['format', 'build', 'postprepare', 'prepack']);
  expect(readJson('cdk.json').app).toBe(`${check}node infra/app.ts`);
});
