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

test('the command is in what is packed, built by the same step, and runs nothing when it is installed', () => {
  const { bin, files, main, devDependencies, dependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  expect(bin).toEqual({ icr: `${dirname(main).slice(2)}/icr.js` });
  expect(files).toContain('dist');
  // It is bundled: whoever installs the construct gets no library of the command's.
  expect(devDependencies).toHaveProperty('commander');
  expect(dependencies).not.toHaveProperty('commander');
});
