import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');

// `.ci/run` uses the package in an app of ES modules, and in a CommonJS one with jest and TypeScript.
test('with moduleResolution node, TypeScript finds what exports names', () => {
  const { main, types, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(exports['.']).toEqual({ types, default: main });
  const { compilerOptions, include } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8'));
  expect(compilerOptions).toMatchObject({ rootDir: '.', outDir: dirname(main).slice(2), declaration: true });
  expect(types).toBe(`${dirname(main)}/${include[0].replace(/\.ts$/, '.d.ts')}`);
});
