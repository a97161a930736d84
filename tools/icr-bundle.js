// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Returns how the command `icr` is bundled: as one file without dependencies, for the user's own Node.js.
 *
 * @param {string} outfile
 * @returns {import('esbuild').BuildOptions}
 */
export function icrBundle(outfile) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    absWorkingDir: root,
    entryPoints: ['cli/main.ts'],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    target: 'node20',
    define: { ICR_VERSION: JSON.stringify(version), 'import.meta.dirname': '__dirname' },
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'warning',
  };
}
