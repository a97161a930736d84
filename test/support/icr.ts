import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { fileNameOf } from '../../cli/cache/folder.ts';
import { icr } from '../../cli/icr.ts';
import type { Credentials, Machine } from '../../cli/machine.ts';
import { START_URL } from '../../local/emulators/sign-in/sign-ins.ts';
import { icrBundle } from '../../tools/icr-bundle.js';

export const KEYS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** A machine that records its output, has no person at it, and does not really sleep. */
export function testMachine(more: Partial<Machine> = {}) {
  const texts = { out: '', err: '' };
  const slept: number[] = [];
  let now = Date.now();
  const machine: Machine = {
    env: { AWS_REGION: 'us-east-1' },
    home: '/nowhere',
    platform: 'linux',
    out: { write: (text) => (texts.out += text) },
    err: { write: (text) => (texts.err += text) },
    now: () => now,
    async sleep(millis) {
      slept.push(millis);
      now += millis;
      // Lets other work in this process proceed, such as the workers of the local stack.
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
    signal: new AbortController().signal,
    ask: async () => undefined,
    credentials: () => async () => KEYS,
    run: async () => undefined,
    ...more,
  };
  return { machine, texts, slept };
}

/** Runs one command line in this process. */
export async function runIcr(args: readonly string[], more: Partial<Machine> = {}) {
  const { machine, texts, slept } = testMachine(more);
  const code = await icr(args, machine);
  return { code, ...texts, slept };
}

/** A home with profiles of IAM Identity Center and an empty token cache. */
export function homeWith(...profiles: string[]) {
  const home = mkdtempSync(join(tmpdir(), 'icr-home-'));
  const cache = join(home, '.aws', 'sso', 'cache');
  mkdirSync(cache, { recursive: true });
  const config = join(home, '.aws', 'config');
  const texts = profiles.map(
    (name) => `[profile ${name}]
sso_session = ${name}
sso_account_id = 000000000000
sso_role_name = Developer
region = us-east-1
[sso-session ${name}]
sso_start_url = ${START_URL}
sso_region = us-east-1
sso_registration_scopes = sso:account:access
`,
  );
  writeFileSync(config, texts.join('\n'));
  return {
    home,
    cache,
    config,
    /** Caches a session as a tool does for this profile. */
    signIn: (profile: string, file: object) =>
      writeFileSync(join(cache, fileNameOf(profile)), JSON.stringify(file)),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** Bundles the command into a folder, as `npm pack` ships it. @returns the file */
export function bundledIcr(folder: string): string {
  const file = join(folder, 'icr.js');
  buildSync(icrBundle(file));
  return file;
}

/** Credentials that the test chooses. */
export const credentialsOf =
  (keys: { accessKeyId?: string | undefined; sessionToken?: string | undefined } | undefined) =>
  (): Credentials =>
  async () => ({
    ...KEYS,
    ...(keys?.accessKeyId !== undefined && { accessKeyId: keys.accessKeyId }),
    ...(keys?.sessionToken !== undefined && { sessionToken: keys.sessionToken }),
  });
