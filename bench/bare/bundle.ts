import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { AS_DEPLOYED } from '../../test/support/bundles.ts';
import type { Runnable } from '../measured/measured.ts';

/** Options of a common bundle, with the defaults of esbuild. */
export const AS_COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  // CommonJS code in the bundle needs `require`.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
};

/**
 * Bundles a handler of this folder. By default, it is bundled like the stack's functions, so that bundling makes no difference
 * between the measurements.
 *
 * @param name - name of the file, without its extension
 */
export async function bareFunction(
  name: string,
  workDirectory: string,
  environment: Readonly<Record<string, string>>,
  how: BuildOptions = AS_DEPLOYED,
): Promise<Runnable> {
  const directory = join(workDirectory, `bare-${name}-${(how.external ?? []).length}`);
  await build({
    entryPoints: { index: join(import.meta.dirname, `${name}.ts`) },
    outdir: directory,
    logLevel: 'error',
    ...how,
  });
  return { directory, handler: 'index.handler', context: {}, environment };
}
