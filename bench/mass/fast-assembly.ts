import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EVERYTHING } from '../../local/template/everything.ts';
import { synthesize } from '../../local/template/synthesize.ts';
import type { BenchContext } from '../section.ts';

/** Concurrent Logouts of all workers. More would measure the processor, which emulators and functions share. */
export const AT_ONCE = 10;

/** The bench measures the work itself, so the pace must not limit it. */
const UNPACED = { logoutsPerSecond: 10_000, logoutsAtOnce: AT_ONCE };

/** Synthesizes once for all sections of a run. @returns the cloud assembly's directory */
export async function fastAssembly({ workDirectory, env }: BenchContext): Promise<string> {
  const output = join(workDirectory, 'cdk.fast');
  if (!existsSync(output)) {
    const settings = { ...EVERYTHING, ...UNPACED };
    await synthesize({ output, settings, env, stdio: ['ignore', 'ignore', 'pipe'] });
  }
  return output;
}
