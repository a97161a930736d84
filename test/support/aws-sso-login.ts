import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where packages install it. The first one in PATH may be version 1, which has no `aws sso login`. */
const USUAL = ['/usr/bin', '/usr/local/bin'];

/**
 * Runs a real `aws sso login` against the emulated portal, which approves at once.
 *
 * @param env - HOME and AWS_CONFIG_FILE have the profile. The home gets rules that lead the AWS CLI to the portal
 * @returns its version; undefined without an AWS CLI v2
 */
export async function awsSsoLogin(
  portalUrl: string,
  env: NodeJS.ProcessEnv,
  profile: string,
): Promise<string | undefined> {
  for (const folder of [...(env.PATH ?? '').split(delimiter), ...USUAL]) {
    const file = join(folder, 'aws');
    const version = await run(file, ['--version'], { env }).then(
      ({ stdout }) => stdout.split(' ')[0],
      () => undefined,
    );
    if (!version?.startsWith('aws-cli/2')) continue;
    for (const [service, date] of Object.entries({ sso: '2019-06-10', 'sso-oidc': '2019-06-10' }))
      leadTo(portalUrl, join(env.HOME ?? '', '.aws', 'models', service, date));
    await run(file, ['sso', 'login', '--profile', profile, '--no-browser'], { env, timeout: 30_000 });
    return version;
  }
  return undefined;
}

/** Before 2.13, the AWS CLI does not know AWS_ENDPOINT_URL. These rules lead it to the portal, and never to AWS. */
function leadTo(url: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const flag = { required: true, default: false, documentation: '', type: 'Boolean' };
  const parameters = {
    Region: { builtIn: 'AWS::Region', required: false, documentation: '', type: 'String' },
    UseDualStack: { builtIn: 'AWS::UseDualStack', ...flag },
    UseFIPS: { builtIn: 'AWS::UseFIPS', ...flag },
    Endpoint: { builtIn: 'SDK::Endpoint', required: false, documentation: '', type: 'String' },
  };
  const rules = [{ conditions: [], endpoint: { url, properties: {}, headers: {} }, type: 'endpoint' }];
  writeFileSync(
    join(folder, 'endpoint-rule-set-1.json'),
    JSON.stringify({ version: '1.0', parameters, rules }),
  );
}
