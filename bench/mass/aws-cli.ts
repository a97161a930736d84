import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { TokenCacheFile } from '../../local/emulators/sign-in/sign-ins.ts';
import { withoutAws } from '../../local/ground/without-aws.ts';

export interface AwsCli {
  /** The version that the CLI prints. */
  readonly version: string;
  /**
   * Runs `aws sso logout` once, with these files in its token cache.
   *
   * @returns the seconds that it took
   * @throws Error if it fails, or leaves a file in the cache
   */
  ssoLogout(files: readonly TokenCacheFile[]): Promise<number>;
}

// The synchronous execFile would block the portal, which runs in this process.
const run = promisify(execFile);

/** The usual folders of the CLI. They are searched too, because the PATH may lead to version 1, which has no such `aws sso logout`. */
const USUAL = ['/usr/bin', '/usr/local/bin'];

/**
 * Finds version 2 of the AWS CLI.
 *
 * @param usual - Folders to search after those of the PATH.
 * @returns undefined if there is none
 */
export async function findAwsCli(
  env: NodeJS.ProcessEnv,
  portalUrl: string,
  workDirectory: string,
  usual: readonly string[] = USUAL,
): Promise<AwsCli | undefined> {
  const folders = [...(env.PATH ?? '').split(delimiter), ...usual];
  for (const folder of folders) {
    const file = join(folder, 'aws');
    const version = await versionOf(file, env);
    if (version?.startsWith('aws-cli/2'))
      return { version, ssoLogout: logout(file, env, portalUrl, workDirectory) };
  }
  return undefined;
}

async function versionOf(file: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await run(file, ['--version'], { env: withoutAws(env) });
    return stdout.split(' ')[0];
  } catch {
    return undefined;
  }
}

function logout(file: string, env: NodeJS.ProcessEnv, portalUrl: string, workDirectory: string) {
  return async (files: readonly TokenCacheFile[]): Promise<number> => {
    const home = mkdtempSync(join(workDirectory, 'home-'));
    leadToPortal(home, portalUrl);
    const cache = join(home, '.aws', 'sso', 'cache');
    mkdirSync(cache, { recursive: true });
    for (const [n, one] of files.entries()) writeFileSync(join(cache, `${n}.json`), JSON.stringify(one));
    const started = performance.now();
    await run(file, ['sso', 'logout'], {
      env: { ...withoutAws(env), HOME: home, AWS_ENDPOINT_URL_SSO: portalUrl },
    });
    const seconds = (performance.now() - started) / 1000;
    const left = readdirSync(cache).length;
    if (left > 0) throw new Error(`aws sso logout left ${left} of ${files.length} files.`);
    return seconds;
  };
}

/** Before 2.13, the AWS CLI does not know AWS_ENDPOINT_URL. These endpoint rules make it call the portal, and never AWS. */
function leadToPortal(home: string, portalUrl: string): void {
  const folder = join(home, '.aws', 'models', 'sso', '2019-06-10');
  mkdirSync(folder, { recursive: true });
  const parameters = {
    Region: { builtIn: 'AWS::Region', required: false, documentation: '', type: 'String' },
    UseDualStack: {
      builtIn: 'AWS::UseDualStack',
      required: true,
      default: false,
      documentation: '',
      type: 'Boolean',
    },
    UseFIPS: { builtIn: 'AWS::UseFIPS', required: true, default: false, documentation: '', type: 'Boolean' },
    Endpoint: { builtIn: 'SDK::Endpoint', required: false, documentation: '', type: 'String' },
  };
  const endpoint = { url: portalUrl, properties: {}, headers: {} };
  const rules = [{ conditions: [], endpoint, type: 'endpoint' }];
  writeFileSync(
    join(folder, 'endpoint-rule-set-1.json'),
    JSON.stringify({ version: '1.0', parameters, rules }),
  );
}
