import { type FSWatcher, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Distinguishes the versions of a file without reading it. */
export interface FileVersion {
  readonly name: string;
  /** Changes whenever the file is written. Of a file that was written just now, it is another one each time. */
  readonly version: string;
}

/** Lists the token-cache files. A folder that does not exist has none: the first sign-in creates it. */
export async function listFiles(folder: string): Promise<FileVersion[]> {
  const names = await readdir(folder).catch(() => []);
  const found = names.filter((name) => name.endsWith('.json')).map((name) => versionOf(folder, name));
  return (await Promise.all(found)).filter((file) => file !== undefined);
}

/** Longer than one tick of a file system's clock: 10 ms at the most on Linux. */
const JUST_WRITTEN_MILLIS = 100;

/**
 * Two writes within one tick of the file system's clock leave the same time, and two tokens have the same length. So a file that was
 * written just now is read again at the next look.
 */
async function versionOf(folder: string, name: string): Promise<FileVersion | undefined> {
  try {
    const { ino, size, mtimeMs } = await stat(join(folder, name));
    const isJustWritten = Math.abs(Date.now() - mtimeMs) < JUST_WRITTEN_MILLIS;
    return { name, version: `${ino}:${size}:${mtimeMs}${isJustWritten ? `:${performance.now()}` : ''}` };
  } catch {
    // The file was deleted after it was listed.
    return undefined;
  }
}

export interface Watcher {
  /** Watches again if the folder was replaced, or did not exist before. */
  renew(): void;
  close(): void;
}

/**
 * Calls back when something changed in the folder. This is only a hint: network file systems report nothing, and no system reports
 * every change. So the folder is also listed every few seconds.
 */
export function watchFolder(folder: string, changed: () => void): Watcher {
  let watcher: FSWatcher | undefined;
  const drop = () => {
    watcher?.close();
    watcher = undefined;
  };
  const renew = () => {
    if (watcher) return;
    try {
      watcher = watch(folder, { persistent: false }, (event, name) => {
        // The folder itself was moved or deleted, so a new folder in its place must be watched again.
        if (event === 'rename' && !name?.endsWith('.json')) drop();
        changed();
      });
      watcher.on('error', drop);
    } catch {
      // The folder does not exist yet, or the system has no more watches. The regular listing still finds its files.
      watcher = undefined;
    }
  };
  renew();
  return { renew, close: drop };
}
