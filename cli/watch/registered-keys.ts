import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nameOf, usage } from '../failure.ts';
import type { Machine } from '../machine.ts';

/** Which sessions are done with, by hash; survives a restart. */
export interface RegisteredKeys {
  has(key: string): boolean;
  add(key: string): void;
  /** Forgets all that are not among these, and writes the file if anything changed since. @throws Failure if it cannot */
  keepOnly(keys: ReadonlySet<string>): Promise<void>;
}

/** Where programs of this system keep what they remember. */
export function stateFile({ env, home, platform }: Pick<Machine, 'env' | 'home' | 'platform'>): string {
  if (platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'icr', 'registered.json');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'icr', 'registered.json');
  return join(env.XDG_STATE_HOME || join(home, '.local', 'state'), 'icr', 'registered.json');
}

/** SHA-256 in base64url: whatever else is in the file is not believed. */
const KEY = /^[\w-]{43}$/;

/** Reads what an earlier run has written. A file that cannot be read or understood is as good as none: all is registered again, which harms nothing. */
export async function openRegisteredKeys(file: string): Promise<RegisteredKeys> {
  let keys = new Set(await readKeys(file));
  let isWritten = true;
  return {
    has: (key) => keys.has(key),
    add(key) {
      keys.add(key);
      isWritten = false;
    },
    async keepOnly(wanted) {
      const kept = new Set([...keys].filter((key) => wanted.has(key)));
      if (kept.size !== keys.size) isWritten = false;
      keys = kept;
      if (isWritten) return;
      await writeKeys(file, [...keys]);
      isWritten = true;
    },
  };
}

async function readKeys(file: string): Promise<string[]> {
  try {
    const { registered }: { registered?: unknown } = Object(JSON.parse(await readFile(file, 'utf8')));
    return (Array.isArray(registered) ? registered : []).filter(
      (key) => typeof key === 'string' && KEY.test(key),
    );
  } catch {
    return [];
  }
}

/** By renaming, so that a crash leaves the old file or the new one. */
async function writeKeys(file: string, registered: string[]): Promise<void> {
  const written = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(written, `${JSON.stringify({ registered })}\n`, { mode: 0o600 });
    await rename(written, file);
  } catch (error) {
    await rm(written, { force: true });
    throw usage(`${file} cannot be written (${nameOf(error)}): give another one by --state.`);
  }
}
