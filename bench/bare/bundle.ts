import { join } from 'node:path';
import { build } from 'esbuild';
import type { Runnable } from '../measured/measured.ts';

/**
 * A handler of this folder, bundled as the stack's functions are, so that no difference in what is measured comes from that.
 *
 * @param name - of the file, without its extension
 */
export async function bareFunction(
  name: string,
  workDirectory: string,
  environment: Readonly<Record<string, string>>,
): Promise<Runnable> {
  const directory = join(workDirectory, `bare-${name}`);
  await build({
    entryPoints: { index: join(import.meta.dirname, `${name}.ts`) },
    outdir: directory,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    target: 'node24',
    logLevel: 'error',
  });
  return { directory, handler: 'index.handler', context: {}, environment };
}
