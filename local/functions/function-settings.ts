import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { givenCredentials } from '../ground/given-credentials.ts';
import type { Assembly, Resource } from '../template/assembly.ts';
import type { Resolver } from '../template/intrinsics.ts';
import type { LocalFunction } from './execution-environment.ts';

export interface FunctionSettingsOptions {
  readonly assembly: Assembly;
  readonly resolver: Resolver;
  /** The caller's environment. Only AWS credentials are taken from it, if it also names endpoints. */
  readonly env: NodeJS.ProcessEnv;
  /** `AWS_ENDPOINT_URL_*` variables for every function. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** An empty directory, for the unpacked code. */
  readonly workDirectory: string;
}

/** Properties that would change how a function runs, but that the local run does not implement. */
const UNSUPPORTED = [
  'Layers',
  'ImageConfig',
  'FileSystemConfigs',
  'SnapStart',
  'EphemeralStorage',
  'DeadLetterConfig',
  'ReservedConcurrentExecutions',
];

/**
 * Reads every function of the template with its code, limits and environment.
 *
 * @throws Error for a function that is not zipped JavaScript, or uses a property from `UNSUPPORTED`
 */
export function functionSettings(options: FunctionSettingsOptions): Map<string, LocalFunction> {
  const functions = [...options.assembly.resources].filter(
    ([, { Type }]) => Type === 'AWS::Lambda::Function',
  );
  return new Map(
    functions.map(([logicalId, resource]) => [logicalId, settingsOf(logicalId, resource, options)]),
  );
}

function settingsOf(
  logicalId: string,
  { Properties }: Resource,
  options: FunctionSettingsOptions,
): LocalFunction {
  const { resolver } = options;
  const unsupported = UNSUPPORTED.find((property) => property in Properties);
  if (unsupported)
    throw new Error(`${logicalId}: the local run does not support ${unsupported} of a function.`);
  const runtime = resolver.text(Properties.Runtime ?? '');
  if (!runtime.startsWith('nodejs'))
    throw new Error(`${logicalId}: the local run cannot run ${runtime || 'an image'}.`);
  const directory = unpack(logicalId, Properties.Code, options);
  const memoryMb = Number(Properties.MemorySize ?? 128);
  const functionName = resolver.ref(logicalId);
  const logging = Object(resolver.resolve(Properties.LoggingConfig ?? {}));
  const context = {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: resolver.attribute(logicalId, 'Arn'),
    memoryLimitInMB: String(memoryMb),
    logGroupName: String(logging.LogGroup ?? `/aws/lambda/${functionName}`),
    logStreamName: 'local',
  };
  return {
    directory,
    handler: resolver.text(Properties.Handler),
    memoryMb,
    timeoutSeconds: Number(Properties.Timeout ?? 3),
    logGroup: context.logGroupName,
    context,
    environment: {
      ...regionVariables(resolver.region),
      ...credentials(logicalId, options),
      ...options.endpoints,
      ...declaredVariables(Properties.Environment, resolver),
      ...runtimeVariables(context, runtime, directory),
    },
  };
}

/**
 * Copies the code out of the checkout. There it would inherit this package's `"type": "module"`, and could import
 * from node_modules what its bundle lacks.
 */
function unpack(
  logicalId: string,
  code: unknown,
  { assembly, resolver, workDirectory }: FunctionSettingsOptions,
): string {
  const key = Object(resolver.resolve(code)).S3Key;
  if (typeof key !== 'string')
    throw new Error(`${logicalId}: the local run needs the function's code as an asset.`);
  const directory = join(workDirectory, key.replace(/\.zip$/, ''));
  if (!existsSync(directory)) cpSync(assembly.assetDirectory(key), directory, { recursive: true });
  return directory;
}

function regionVariables(region: string): Record<string, string> {
  return { AWS_REGION: region, AWS_DEFAULT_REGION: region, TZ: ':UTC' };
}

/**
 * Like a role's credentials, these have a session token. It is the function's id, so each call shows which function made it.
 * All functions have the same access key, because DynamoDB Local may separate the data of different keys. If the caller named
 * services that may check credentials, functions use the caller's. Then a call does not show which function made it.
 */
function credentials(logicalId: string, { env }: FunctionSettingsOptions): Readonly<Record<string, string>> {
  const given = givenCredentials(env);
  if (given) return { ...given };
  return {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: logicalId,
  };
}

function runtimeVariables(
  context: { functionName: string; memoryLimitInMB: string; logGroupName: string },
  runtime: string,
  directory: string,
): Record<string, string> {
  return {
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: context.functionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: context.memoryLimitInMB,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: context.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: directory,
    // The SDK reads ~/.aws: the developer's own profile must not reach the functions.
    HOME: directory,
    // On an EC2 instance, the instance's role must not reach the functions either.
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

function declaredVariables(environment: unknown, resolver: Resolver): Record<string, string> {
  const variables: Record<string, unknown> = Object(Object(environment).Variables ?? {});
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, resolver.text(value)]));
}
