import { delimiter, join } from 'node:path';
import { EVERYTHING } from '../../local/template/everything.ts';
import { synthesize } from '../../local/template/synthesize.ts';
import { offerDynamoDbLocal } from './dynamodb-local.ts';

const root = join(import.meta.dirname, '..', '..');

/** Where jest's global setup writes the synthesized stack. It is not cdk.out, which a running `npm start` uses. */
export const assembly = join(root, 'cdk.out.test');

/** Everything optional, and fast enough for tests. */
export const everything = {
  ...EVERYTHING,
  // The proof of load registers so many for one user.
  maxSessionsPerUser: 1_000,
  logoutsPerSecond: 400,
  logoutsAtOnce: 20,
  directoryCallsPerSecond: 200,
};

/** Synthesizes once for all test files, so they run and read what would be deployed. */
export default async function globalSetup(): Promise<void> {
  await offerDynamoDbLocal();
  await synthesizeTo(assembly, everything);
}

/** @param settings - as `-c name=value` on the command line */
export async function synthesizeTo(
  directory: string,
  settings: Record<string, string | number>,
): Promise<void> {
  const PATH = [join(import.meta.dirname, 'bin'), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH };
  await synthesize({ output: directory, settings, env, stdio: ['ignore', 'ignore', 'pipe'] });
}
