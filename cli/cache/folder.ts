import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

/** Returns the folder where AWS CLI, SDKs and other tools keep sessions: docs/facts.md § The AWS CLI's token cache. */
export function cacheFolder(home: string): string {
  return join(home, '.aws', 'sso', 'cache');
}

/** Returns the AWS CLI's name for the file of an sso-session, or of a start URL for profiles without an sso-session. */
export function fileNameOf(key: string): string {
  return `${createHash('sha1').update(key).digest('hex')}.json`;
}

/** A token-cache file has a few KB. A larger file is something else, and is not read into memory. */
const MAX_BYTES = 64 * 1024;

/**
 * Reads a file that nobody is writing.
 *
 * @returns undefined if the file does not exist, is too large, or changed during the read: try again later
 */
export async function readSettled(file: string): Promise<string | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const before = await handle.stat();
    if (!before.isFile() || before.size > MAX_BYTES) return undefined;
    const text = await handle.readFile('utf8');
    const after = await handle.stat();
    return after.mtimeMs === before.mtimeMs && after.size === before.size ? text : undefined;
  } catch {
    return undefined;
  } finally {
    await handle?.close();
  }
}
