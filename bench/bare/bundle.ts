import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { AS_DEPLOYED } from '../../test/support/bundles.ts';
import type { Runnable } from '../measured/measured.ts';

/** As it is commonly done, with the defaults of esbuild. */
export const AS_COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  // Of what is CommonJS in the bundle.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
};

/**
 * A handler of this folder, bundled as the stack's functions are unless told, so that no difference in what is measured comes
 * from that.
 *
 * @param name - of the file, without its extension
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
