import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');

// `.ci/run` installs the package in an app of ES modules, and in a CommonJS app with jest and TypeScript.
test('TypeScript with moduleResolution node finds everything that exports names', () => {
  const { main, types, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(exports['.']).toEqual({ types, default: main });
  const { compilerOptions, include } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8'));
  expect(compilerOptions).toMatchObject({ rootDir: '.', outDir: dirname(main).slice(2), declaration: true });
  expect(types).toBe(`${dirname(main)}/${include[0].replace(/\.ts$/, '.d.ts')}`);
});

test('the package contains the built command, and runs nothing when it is installed', () => {
  const { bin, files, main, devDependencies, dependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  expect(bin).toEqual({ icr: `${dirname(main).slice(2)}/icr.js` });
  expect(files).toContain('dist');
  // The command is bundled, so whoever installs the construct does not install its libraries.
  expect(devDependencies).toHaveProperty('commander');
  expect(dependencies).not.toHaveProperty('commander');
});
