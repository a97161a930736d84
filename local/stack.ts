import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAssembly } from './assembly.ts';
import { type SignInEmulator, startSignInEmulator } from './emulators/server.ts';
import type { Output } from './execution-environment.ts';
import { functionSettings } from './function-settings.ts';
import { createFunctions, type Functions } from './functions.ts';
import { startHttpApi } from './http-api.ts';
import { describeHttpApi } from './http-routes.ts';
import { createResolver } from './intrinsics.ts';
import { requireSupported } from './supported.ts';
import { createTables, startDynamoDb } from './tables.ts';

export interface LocalStackOptions {
  /** Directory that `cdk synth` wrote. */
  readonly assembly: string;
  /** Of the HTTP API; 0 for a free one. */
  readonly port: number;
  /** Read: AWS_REGION (us-east-1 unless set), AWS credentials, and every AWS_ENDPOINT_URL variable. */
  readonly env: NodeJS.ProcessEnv;
  /** Takes what the stack and its functions write; the standard output unless told. */
  readonly output?: Output;
}

export interface LocalStack {
  /** Of the HTTP API, without a slash at the end. */
  readonly url: string;
  /** The AWS_ENDPOINT_URL variables that the functions run with. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly functions: Functions;
  /** Physical names of the tables by logical id. */
  readonly tables: Readonly<Record<string, string>>;
  /** Absent when both the portal and SSO OIDC are somebody else's. */
  readonly emulator?: SignInEmulator;
  /** Ends everything at once, requests under way too. */
  close(): Promise<void>;
}

type Closer = () => unknown;

/**
 * Runs a synthesized stack on this machine: its functions, tables and HTTP API as the template describes them.
 * DynamoDB, the portal and SSO OIDC are embedded, unless `env` has an endpoint for them.
 *
 * @throws Error when the template holds something that cannot be run here, or code that cannot be loaded, or the port
 * is taken (`code` EADDRINUSE); nothing stays behind then
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const closers: Closer[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return { ...(await start(options, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(options: LocalStackOptions, closers: Closer[]): Promise<Omit<LocalStack, 'close'>> {
  const { env, output = toStandardOutput } = options;
  const assembly = loadAssembly(options.assembly);
  requireSupported(assembly);
  const resolver = createResolver(assembly, env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1');
  const api = describeHttpApi(assembly, resolver);

  const { endpoints, emulator, dynamoDb } = await startServices(env, closers);
  const credentials = {
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? 'local',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? 'local',
  };
  const tables = await createTables(assembly, resolver, dynamoDb, credentials);

  const workDirectory = mkdtempSync(join(tmpdir(), 'local-stack-'));
  closers.push(() => rmSync(workDirectory, { recursive: true, force: true }));
  const settings = functionSettings({ assembly, resolver, env, endpoints, workDirectory });
  const functions = createFunctions(settings, output);
  closers.push(functions.close);
  await functions.warm();

  const http = await startHttpApi({ ...api, port: options.port, invoke: functions.invoke, output });
  closers.push(http.close);
  return { url: http.url, endpoints, functions, tables, ...(emulator && { emulator }) };
}

interface Services {
  readonly endpoints: Record<string, string>;
  /** Endpoint of DynamoDB. */
  readonly dynamoDb: string;
  readonly emulator?: SignInEmulator;
}

/** Starts an emulator for each service that the environment names no endpoint for. */
async function startServices(env: NodeJS.ProcessEnv, closers: Closer[]): Promise<Services> {
  const given = Object.entries(env).filter(([name, value]) => name.startsWith('AWS_ENDPOINT_URL') && value);
  const endpoints = Object.fromEntries(given.map(([name, value]): [string, string] => [name, value ?? '']));
  if (!endpoints.AWS_ENDPOINT_URL_DYNAMODB) {
    const embedded = await startDynamoDb();
    closers.push(embedded.close);
    endpoints.AWS_ENDPOINT_URL_DYNAMODB = embedded.url;
  }
  const dynamoDb = endpoints.AWS_ENDPOINT_URL_DYNAMODB;
  if (endpoints.AWS_ENDPOINT_URL_SSO && endpoints.AWS_ENDPOINT_URL_SSO_OIDC) return { endpoints, dynamoDb };
  const emulator = await startSignInEmulator();
  closers.push(emulator.close);
  endpoints.AWS_ENDPOINT_URL_SSO ??= emulator.url;
  endpoints.AWS_ENDPOINT_URL_SSO_OIDC ??= emulator.url;
  return { endpoints, dynamoDb, emulator };
}

function toStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
