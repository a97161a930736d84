import { type FSWatcher, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What tells one version of a file from another without reading it. */
export interface FileVersion {
  readonly name: string;
  /** Changes whenever the file is written. */
  readonly version: string;
}

/** The token-cache files that are there now. A folder that is not there has none: the first sign-in makes it. */
export async function listFiles(folder: string): Promise<FileVersion[]> {
  const names = await readdir(folder).catch(() => []);
  const found = names.filter((name) => name.endsWith('.json')).map((name) => versionOf(folder, name));
  return (await Promise.all(found)).filter((file) => file !== undefined);
}

async function versionOf(folder: string, name: string): Promise<FileVersion | undefined> {
  try {
    const { ino, size, mtimeMs } = await stat(join(folder, name));
    return { name, version: `${ino}:${size}:${mtimeMs}` };
  } catch {
    // Gone since it was listed.
    return undefined;
  }
}

export interface Watcher {
  /** Watches anew if the folder is a new one, or was not there before. */
  renew(): void;
  close(): void;
}

/**
 * Calls back when something changed in the folder. It is a hint only: network file systems tell nothing, and no system tells
 * of everything. So the folder is also listed every few seconds.
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
        // The folder itself was moved or deleted: what is made in its place has to be watched anew.
        if (event === 'rename' && !name?.endsWith('.json')) drop();
        changed();
      });
      watcher.on('error', drop);
    } catch {
      // Not there yet, or no more watches: the listing finds what is in it.
      watcher = undefined;
    }
  };
  renew();
  return { renew, close: drop };
}
