import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { withoutAws } from '../ground/without-aws.ts';

const root = join(import.meta.dirname, '..', '..');

export interface SynthesisOptions {
  /** Where the cloud assembly goes. */
  readonly output: string;
  /** As `-c name=value` of the command line. */
  readonly settings: Readonly<Record<string, string | number>>;
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
  /** Command of the app; that of cdk.json, unless given. */
  readonly app?: string;
}

/**
 * Runs `cdk synth` so that it uses no credentials and calls nobody. By itself it would ask for the account of the
 * credentials that it finds, which `SessionRevocation` has no use for.
 *
 * @throws Error when it fails
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
