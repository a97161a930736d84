// @ts-check
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { icrBundle } from './icr-bundle.js';

// Writes what `npm pack` ships, except for types: the command `icr`, and the construct as one CommonJS file, like every CDK library.
// An app loads that file by `require` or by `import`. A second build of ES modules would give an app a second set of classes.
const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = join(root, 'dist');

rmSync(outdir, { recursive: true, force: true });
buildSync({
  absWorkingDir: root,
  entryPoints: ['infra/index.ts'],
  outfile: join(outdir, 'index.js'),
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // infra/package-root.ts: CommonJS has no import.meta.
  define: { 'import.meta.dirname': '__dirname' },
  logLevel: 'warning',
});
buildSync(icrBundle(join(outdir, 'icr.js')));
// The package itself has ES modules, so the files in dist/ need a package.json that says CommonJS.
writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
