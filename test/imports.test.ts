import { circlesIn, forbiddenIn, importsIn, importsOf } from './support/imports.ts';

const imports = importsIn('cli', 'lambda', 'infra', 'local');
const domain = importsIn('lambda/domain');

const isDomain = (path: string) => path.startsWith('lambda/domain/');
/** The ground of the domain is the files directly in its folder. Its rooms are the subfolders. */
const isGround = (path: string) => /^lambda\/domain\/[^/]+$/.test(path);

test('no file of cli, lambda, infra or local is part of an import circle', () => {
  expect(imports.size).toBeGreaterThan(100);
  expect(circlesIn(imports)).toEqual([]);
});

test('the domain imports only itself, Node.js and valibot', () => {
  const isAllowed = (_file: string, name: string) =>
    isDomain(name) || name.startsWith('node:') || name === 'valibot';
  expect(domain.size).toBeGreaterThan(20);
  expect(forbiddenIn(domain, isAllowed)).toEqual([]);
});

test('the ground of the domain imports no room of the domain', () => {
  const isAllowed = (file: string, name: string) => !isGround(file) || !isDomain(name) || isGround(name);
  expect([...domain.keys()].filter(isGround).length).toBeGreaterThan(5);
  expect(forbiddenIn(domain, isAllowed)).toEqual([]);
});

test('no file of cli, lambda, infra or local imports a handler', () => {
  expect(forbiddenIn(imports, (_file, name) => !name.startsWith('lambda/handlers/'))).toEqual([]);
});

test('these tests resolve every form of import to its file', () => {
  const text = `
    import value from './a.ts';
    import type { T } from '../b.ts';
    import './c.ts';
    export { x } from './d.ts';
    export type { U } from './e.ts';
    export * from './f.ts';
    const later = () => import('./g.ts');
    type V = { of: import('./h.ts').V };
    import { test } from 'node:test';
    const text = "import './not.ts'"; // import './not.ts';
  `;
  const names = importsOf({ 'lambda/room/file.ts': text }).get('lambda/room/file.ts');
  const files = ['c', 'd', 'e', 'f', 'g', 'h'].map((letter) => `lambda/room/${letter}.ts`);
  expect(names?.toSorted()).toEqual(['lambda/b.ts', 'lambda/room/a.ts', ...files, 'node:test']);
});

test('these tests report the path of a circle, also if it consists of type imports', () => {
  const circular = importsOf({
    'lambda/entry.ts': "import './room/b.ts';",
    'lambda/room/b.ts': "import type { C } from '../c.ts'; import './leaf.ts';",
    'lambda/c.ts': "export type { D } from './d.ts';",
    'lambda/d.ts': "type B = import('./room/b.ts').B;",
    'lambda/room/leaf.ts': "import 'valibot';",
    'lambda/self.ts': "import './self.ts';",
  });
  expect(circlesIn(circular)).toEqual([
    'lambda/c.ts → lambda/d.ts → lambda/room/b.ts → lambda/c.ts',
    'lambda/self.ts → lambda/self.ts',
  ]);
});
