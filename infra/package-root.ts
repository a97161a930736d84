import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds this package's lambda/ sources, whether infra/ runs from its sources or compiled below dist/. */
export const packageRoot = nearestWith('package.json', import.meta.dirname);

function nearestWith(file: string, from: string): string {
  if (existsSync(join(from, file))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error(`No ${file} above ${import.meta.dirname}: the package is incomplete.`);
  return nearestWith(file, parent);
}
