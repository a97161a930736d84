import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const HANDLERS = join('lambda', 'handlers');

/** The folder that holds this package's lambda/ sources. It is searched upwards, because a built infra/ runs below dist/. */
export const packageRoot = nearestWith(HANDLERS, import.meta.dirname);

function nearestWith(folder: string, from: string): string {
  if (existsSync(join(from, folder))) return from;
  const parent = dirname(from);
  if (parent === from)
    throw new Error(`No ${folder} above ${import.meta.dirname}: the package is incomplete.`);
  return nearestWith(folder, parent);
}
