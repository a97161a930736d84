import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PutEvent } from './emulators/events/events.ts';
import type { Groups } from './emulators/identity-store/groups.ts';
import type { Users } from './emulators/identity-store/users.ts';
import type { Emulators } from './emulators/server.ts';
import { type Services, startServices } from './emulators/services.ts';
import type { Assignments } from './emulators/sso-admin/assignments.ts';
import { functionSettings } from './functions/function-settings.ts';
import { createFunctions, type Functions } from './functions/functions.ts';
import type { Clock } from './ground/clock.ts';
import { givenCredentials } from './ground/given-credentials.ts';
import type { Output } from './ground/output.ts';
import type { Recorder } from './ground/recorder.ts';
import { accessLogs } from './http/access-log.ts';
import { withAwsCalls } from './http/aws-calls.ts';
import { startFrontDoor } from './http/front-door.ts';
import { type HttpApiOptions, httpApi, startHttpApi } from './http/http-api.ts';
import { describeHttpApis, type HttpApiDescription } from './http/http-routes.ts';
import { describeMessaging } from './messaging/messaging.ts';
import type { Schedules } from './messaging/schedules.ts';
import { type CallLog, createCallLog } from './permissions/call-log.ts';
import { readTrustPolicies } from './permissions/trust-policies.ts';
import { type Assembly, loadAssembly } from './template/assembly.ts';
import { createResolver, type Resolver } from './template/intrinsics.ts';
import { createKeys } from './template/kms-resources.ts';
import { createStackLogs } from './template/log-groups.ts';
import { createServiceControlPolicies } from './template/organizations-resources.ts';
import { describeMappings, describeRulesOf, describeStack } from './template/stack-description.ts';
import { defineQueues, type LocalQueue } from './template/stack-queues.ts';
import { requireSupported } from './template/supported.ts';
import { createTables } from './template/tables.ts';

export interface LocalStackOptions {
  /** Directory that `cdk synth` wrote. */
  readonly assembly: string;
  /** The port of the HTTP API; 0 for a free one. */
  readonly port: number;
  /** It is read for AWS_REGION (default: us-east-1), for AWS_ENDPOINT_URL variables and, if there is one, for AWS credentials. */
  readonly env: NodeJS.ProcessEnv;
  /** Receives the lines that the stack and its functions write. @default the standard output */
  readonly output?: Output;
  /** The clock of the emulators, queues and schedules. @default the computer's */
  readonly clock?: Clock;
  /** The clock of the functions. @default the computer's */
  readonly functionClock?: Clock;
  /** When a function's code is loaded. @default at the start, so that code that cannot be loaded is an error then */
  readonly loadFunctions?: 'at the start' | 'when they are called';
}

export interface LocalStack {
  /** The address of the HTTP API, without a slash at the end. It also answers AWS calls. */
  readonly url: string;
  /** The HTTP API for JSON Web Tokens, and what a token for it needs; undefined if the template has none. */
  readonly tokens: TokenApi | undefined;
  /** The AWS_ENDPOINT_URL variables that the functions run with. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly functions: Functions;
  /** Physical names of the tables by logical id. */
  readonly tables: Readonly<Record<string, string>>;
  /** The queues by logical id. */
  readonly queues: Readonly<Record<string, LocalQueue>>;
  readonly schedules: Schedules;
  /** The users of the identity store. */
  readonly users: Users;
  readonly groups: Groups;
  /** Who may use which permission set in which account. */
  readonly assignments: Assignments;
  /** The emulators. They also run if `env` names other endpoints for all their services. */
  readonly emulator: Emulators;
  /** The calls of the functions to embedded services. */
  readonly calls: CallLog;
  /** Ends everything at once, including requests in progress. */
  close(): Promise<void>;
}

type Closer = () => unknown;

/**
 * Runs a synthesized stack on this machine: its functions, tables, HTTP API, queues, rules and schedules as the template
 * describes them. The AWS services that they call are embedded, unless `env` has an endpoint for one.
 *
 * @throws Error if the template has something that the local run does not support, if code cannot be loaded, or if the port is
 * taken (`code` EADDRINUSE). Nothing that was started keeps running then
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
  const { env, output = toStandardOutput, clock = Date.now } = options;
  const assembly = loadAssembly(options.assembly);
  requireSupported(assembly);
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1';
  const door = await startFrontDoor(options.port);
  closers.push(door.close);

  let putEvent: PutEvent = () => {};
  const toBus: PutEvent = (bus, event) => putEvent(bus, event);
  let record: Recorder = () => {};
  const toLog: Recorder = (headers, body) => record(headers, body);
  const place = { env, region, clock, queueOrigin: door.url, putEvent: toBus, record: toLog };
  const services = await startServices(place, closers);
  const { endpoints, emulator } = services;
  const resolver = createResolver(assembly, region, services.queueOrigin, door.url);
  const calls = createCallLog(assembly, resolver, emulator.keys);
  record = calls.record;
  const apis = describeHttpApis(assembly, resolver);
  createKeys(assembly, resolver, emulator.keys);
  readTrustPolicies(assembly, resolver, emulator.trusts);
  createServiceControlPolicies(assembly, resolver, emulator.organizations);
  createStackLogs(assembly, resolver, emulator.logs);
  emulator.stacks.push(describeStack(assembly, resolver));
  emulator.mappings.push(...describeMappings(assembly, resolver));
  emulator.rules.push(...describeRulesOf(assembly, resolver));
  const queues = defineQueues(assembly, resolver, emulator.queues);
  const { queues: engine, faults } = emulator;
  const messaging = describeMessaging({ assembly, resolver, queues: engine, faults, clock, output });
  const tables = await createTables(assembly, resolver, services.dynamoDb, credentialsOf(env));

  const { functionClock, loadFunctions = 'at the start' } = options;
  const functions = startFunctions({ assembly, resolver, services, env, output, functionClock }, closers);
  if (loadFunctions === 'at the start') await functions.warm();
  const { bus, schedules, close } = messaging.start(functions.invoke);
  closers.push(close);
  putEvent = bus.put;
  const { users, groups, assignments, roleSessions } = emulator;
  const logging = accessLogs(assembly, resolver, emulator.logs);
  const invoking = { invoke: functions.invoke, output, roleSessions, clock };
  const served = (api: HttpApiDescription) => ({ ...api, ...invoking, ...logging(api.apiId) });
  const otherwise = httpApi(served(apis.iam));
  const tokens = apis.tokens && (await startTokenApi(served(apis.tokens), closers));
  door.open(withAwsCalls({ dispatch: emulator.dispatch, dynamoDb: services.dynamoDb, otherwise }));
  // Closers run in reverse order: this one cuts off clients before the services that answer them end.
  closers.push(door.close);
  const identities = { users, groups, assignments };
  const reached = { url: door.url, tokens };
  return { ...reached, endpoints, functions, tables, queues, schedules, ...identities, emulator, calls };
}

export interface TokenApi {
  /** The address, without a slash at the end. */
  readonly url: string;
  readonly issuer: string;
  readonly audience: string;
}

/** Starts the API on a port of its own, because it also has its own address on AWS. */
async function startTokenApi(options: HttpApiOptions, closers: Closer[]): Promise<TokenApi> {
  const { url, close } = await startHttpApi({ ...options, port: 0 });
  closers.push(close);
  const { issuer = '', audience: [audience = ''] = [] } = options.routes[0]?.token ?? {};
  return { url, issuer, audience };
}

interface FunctionsOptions {
  readonly assembly: Assembly;
  readonly resolver: Resolver;
  readonly services: Services;
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  readonly functionClock: Clock | undefined;
}

function startFunctions(options: FunctionsOptions, closers: Closer[]): Functions {
  const { assembly, resolver, services, env, output, functionClock } = options;
  const workDirectory = mkdtempSync(join(tmpdir(), 'local-stack-'));
  closers.push(() => rmSync(workDirectory, { recursive: true, force: true }));
  const { endpoints } = services;
  const functions = createFunctions(
    functionSettings({ assembly, resolver, env, endpoints, workDirectory }),
    output,
    functionClock,
    services.emulator.logs.write,
  );
  closers.push(functions.close);
  return functions;
}

/** Returns the same access key that functions have, because DynamoDB Local may separate the data of different keys. */
function credentialsOf(env: NodeJS.ProcessEnv) {
  const given = givenCredentials(env);
  return {
    accessKeyId: given?.AWS_ACCESS_KEY_ID ?? 'local',
    secretAccessKey: given?.AWS_SECRET_ACCESS_KEY ?? 'local',
  };
}

function toStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
