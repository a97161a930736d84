import { devNull } from 'node:os';

/**
 * An environment in which neither the CDK nor an SDK finds credentials, a profile or a Region, and so runs no
 * `credential_process` and calls nobody to find some. The CDK asks for its own newest version only on a terminal.
 *
 * @param env - stays as it is
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
 * Takes them from this process, for the SDK clients in it.
 *
 * @returns what the environment was
 */
export function leaveAws(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env)) delete process.env[name];
  Object.assign(process.env, withoutAws(env));
  return env;
}
