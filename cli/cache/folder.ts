import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

/** Where AWS CLI, SDKs and others keep sessions: docs/facts.md § The AWS CLI's token cache. */
export function cacheFolder(home: string): string {
  return join(home, '.aws', 'sso', 'cache');
}

/** The name that the AWS CLI gives to the file of an sso-session, or of a start URL in profiles without one. */
export function fileNameOf(key: string): string {
  return `${createHash('sha1').update(key).digest('hex')}.json`;
}

/** A token-cache file has some KB: what is larger is none, and is not read into memory. */
const MAX_BYTES = 64 * 1024;

/**
 * The text of a file that nobody was writing meanwhile.
 *
 * @returns undefined if it is not there, too large, or changed while it was read: look again later
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
