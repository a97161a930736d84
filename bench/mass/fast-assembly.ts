import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EVERYTHING } from '../../local/template/everything.ts';
import { synthesize } from '../../local/template/synthesize.ts';
import type { BenchContext } from '../section.ts';

/** Logouts at the same time, over all workers. More would measure the processor: emulators and functions share it. */
export const AT_ONCE = 10;

/** What is measured is the work itself, so the pace must not be what holds it up. */
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
