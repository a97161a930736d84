import type { Clock } from '../ground/clock.ts';
import type { Recorder } from '../ground/recorder.ts';
import { startDynamoDb } from './dynamodb/dynamodb.ts';
import type { PutEvent } from './events/events.ts';
import { type Emulators, startEmulators } from './server.ts';

export interface ServicesOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The origin of the queues' URLs, unless `env` names another endpoint. */
  readonly queueOrigin: string;
  readonly clock: Clock;
  readonly region: string;
  readonly putEvent: PutEvent;
  /** Receives every request to an embedded service. */
  readonly record: Recorder;
}

export interface Services {
  /** The AWS_ENDPOINT_URL variables for the functions. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly dynamoDb: string;
  readonly queueOrigin: string;
  readonly emulator: Emulators;
}

/** Hosts of AWS. A variable for a VPC or FIPS endpoint may be set for other tools: the functions would call AWS with made-up credentials. */
const AWS_ITSELF = /(^|\.)(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|api\.aws)$/;

/** The endings of the variables; the general variable has no ending. */
const EMULATED = ['', '_SSO', '_SSO_OIDC', '_SSO_ADMIN', '_KMS', '_IDENTITYSTORE', '_ORGANIZATIONS', '_STS'];

/**
 * Starts the emulators, and DynamoDB unless the environment names an endpoint for it. Each endpoint that the environment
 * names is kept. The general AWS_ENDPOINT_URL points to the emulators, which refuse unknown calls. Without it, a call to a
 * service that is not emulated would reach AWS.
 *
 * @param closers - Receives the functions that end the services.
 */
export async function startServices(options: ServicesOptions, closers: (() => unknown)[]): Promise<Services> {
  const { env, clock, region, putEvent, record } = options;
  const given = Object.entries(env).filter(([name, value]) => name.startsWith('AWS_ENDPOINT_URL') && value);
  for (const [name, value = ''] of given) {
    if (!URL.canParse(value))
      throw new Error(`${name}=${value} is no URL; give one such as http://localhost:8000.`);
    if (AWS_ITSELF.test(new URL(value).hostname))
      throw new Error(`${name}=${value} is AWS itself, which the local run does not call: unset it.`);
  }
  const endpoints = Object.fromEntries(given.map(([name, value]): [string, string] => [name, value ?? '']));
  const emulator = await startEmulators({ clock, region, putEvent, record });
  closers.push(emulator.close);
  for (const service of EMULATED) endpoints[`AWS_ENDPOINT_URL${service}`] ??= emulator.url;
  // The SDK calls the queue's URL, and warns if that differs from the endpoint. So both are the same.
  endpoints.AWS_ENDPOINT_URL_SQS ??= options.queueOrigin;
  if (!endpoints.AWS_ENDPOINT_URL_DYNAMODB) {
    const embedded = await startDynamoDb(record);
    closers.push(embedded.close);
    endpoints.AWS_ENDPOINT_URL_DYNAMODB = embedded.url;
  }
  const { AWS_ENDPOINT_URL_DYNAMODB: dynamoDb, AWS_ENDPOINT_URL_SQS: queues } = endpoints;
  return { endpoints, dynamoDb, queueOrigin: new URL(queues).origin, emulator };
}
