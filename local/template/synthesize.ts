import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { withoutAws } from '../ground/without-aws.ts';

const root = join(import.meta.dirname, '..', '..');

export interface SynthesisOptions {
  /** Directory that the cloud assembly is written to. */
  readonly output: string;
  /** The settings that the command line gives as `-c name=value`. */
  readonly settings: Readonly<Record<string, string | number>>;
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
  /** Command of the app. @default the command in cdk.json */
  readonly app?: string;
}

/**
 * Runs `cdk synth` without credentials, so that it makes no calls. Otherwise it would look up the account of the credentials
 * that it finds. `SessionRevocation` does not need that.
 *
 * @throws Error if `cdk synth` fails
 */
export async function synthesize({ output, settings, env, stdio, app }: SynthesisOptions): Promise<void> {
  const context = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = ['synth', '--quiet', '--output', output, ...(app ? ['--app', app] : []), ...context];
  const cdk = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const child = spawn(process.execPath, [cdk, ...args], { cwd: root, env: withoutAws(env), stdio });
  const said: string[] = [];
  child.stderr?.on('data', (text) => said.push(String(text)));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(['cdk synth has failed.', ...said].join('\n'));
}
