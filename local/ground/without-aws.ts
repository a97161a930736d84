import { devNull } from 'node:os';

/**
 * Makes an environment in which neither the CDK nor an SDK finds credentials, a profile or a Region. So they run no
 * `credential_process`, and make no calls to find credentials. The CDK would look for its newest version only on a terminal.
 *
 * @param env - is not changed
 */
export function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !/^(AWS|CDK)_/i.test(name));
  return {
    ...Object.fromEntries(others),
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_VERSION_CHECK: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
}

/**
 * Makes this process's own environment such an environment, for the SDK clients in the process.
 *
 * @returns the previous environment
 */
export function leaveAws(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env)) delete process.env[name];
  Object.assign(process.env, withoutAws(env));
  return env;
}
