import { readFileSync } from 'node:fs';
import { join } from 'node:path';

declare const ICR_VERSION: string | undefined;

/** The version of the package. The bundle contains it; the sources read it from package.json. */
export const VERSION: string = typeof ICR_VERSION === 'string' ? ICR_VERSION : versionOfSources();

function versionOfSources(): string {
  return JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')).version;
}
