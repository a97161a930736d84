import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nameOf, usage } from '../failure.ts';
import type { Machine } from '../machine.ts';

/** The hashes of the sessions that need no more attempts. They survive a restart. */
export interface RegisteredKeys {
  has(key: string): boolean;
  add(key: string): void;
  /** Forgets all other keys, and writes the file if anything has changed. @throws Failure if the file cannot be written */
  keepOnly(keys: ReadonlySet<string>): Promise<void>;
}

/** Returns the file for the keys, in the folder where programs of this operating system keep their state. */
export function stateFile({ env, home, platform }: Pick<Machine, 'env' | 'home' | 'platform'>): string {
  if (platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'icr', 'registered.json');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'icr', 'registered.json');
  return join(env.XDG_STATE_HOME || join(home, '.local', 'state'), 'icr', 'registered.json');
}

/** A SHA-256 in base64url. Anything else in the file is ignored. */
const KEY = /^[\w-]{43}$/;

/** Reads the keys of an earlier run. If the file is missing or damaged, all sessions are registered again, which does no harm. */
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

/** Writes a new file and renames it, so that a crash leaves either the old file or the new one. */
async function writeKeys(file: string, registered: string[]): Promise<void> {
  const written = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(written, `${JSON.stringify({ registered })}\n`, { mode: 0o600 });
    await rename(written, file);
  } catch (error) {
    await rm(written, { force: true });
    throw usage(`${file} cannot be written (${nameOf(error)}): give another file with --state.`);
  }
}
