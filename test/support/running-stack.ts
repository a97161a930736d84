import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { RevocationPage } from '../../lambda/domain/record/read-revocation.ts';
import { hashOf } from '../../local/ground/token-hash.ts';
import type { RecordedCall } from '../../local/permissions/call-log.ts';
import { startLocalStack } from '../../local/stack.ts';
import { loadAssembly } from '../../local/template/assembly.ts';
import { roleCredentials, signed } from './callers.ts';
import { type Permissions, permissionsOf } from './permissions.ts';
import { assembly } from './synth.ts';

/** The owner of the sessions that tests put into the token cache. */
export const USER_ID = '0a1b2c3d-1111-4222-8333-444455556666';

/** The running stack with one clock for everything, also for the functions, that can be set forward. */
export async function startWithClock() {
  let elapsed = 0;
  const clock = () => Date.now() + elapsed;
  const running = await start({}, clock, assembly, clock);
  const pass = (millis: number) => {
    elapsed += millis;
  };
  return { running, clock, pass };
}

/** The running stack, with a clock of portal, queues and schedules that can be set forward. The functions use the computer's clock. */
export async function startWithQueueClock() {
  let elapsed = 0;
  const running = await start({}, () => Date.now() + elapsed);
  const pass = (millis: number) => {
    elapsed += millis;
  };
  return { running, pass };
}

/**
 * The synthesized stack on this machine, with everything that it and its clients can see.
 *
 * @param clock - of everything but the functions
 * @param synthesized - where it is; by default, what all tests use
 * @param functionClock - of the functions
 */
export async function start(
  env: NodeJS.ProcessEnv = {},
  clock?: () => number,
  synthesized = assembly,
  functionClock?: () => number,
) {
  const seen: string[] = [];
  const stack = await startLocalStack({
    assembly: synthesized,
    port: 0,
    env,
    output: (line) => seen.push(line),
    // Most tests call only a few, and loading all takes seconds. test/rehearsals.test.ts shows that all can be loaded.
    loadFunctions: 'when they are called',
    ...(clock && { clock }),
    ...(functionClock && { functionClock }),
  });
  const dynamo = dynamoAt(stack.endpoints.AWS_ENDPOINT_URL_DYNAMODB ?? '');
  const table = (part: string) => named(stack.tables, part);
  return {
    stack,
    seen,
    /** A client of the functions' own DynamoDB. */
    dynamo,
    /** The name of the table whose logical id contains this. */
    table,
    /** The queue whose logical id contains this. */
    queue: (part: string) => named(stack.queues, part),
    /** Sends what the AWS CLI sends. @param target - such as `AmazonSQS.ReceiveMessage` */
    async callAws(target: string, input: object) {
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
      const response = await fetch(stack.url, { method: 'POST', headers, body: JSON.stringify(input) });
      if (!response.ok) throw new Error(`${target} was answered ${response.status}.`);
      return JSON.parse(await response.text());
    },
    async post(
      body: string | object,
      headers: Record<string, string> = { 'content-type': 'application/json' },
    ) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await fetch(`${stack.url}/revocations`, { method: 'POST', body: text, headers });
      const answer = await response.text();
      seen.push(JSON.stringify([...response.headers]), answer);
      return { status: response.status, body: JSON.parse(answer) as RevocationPage };
    },
    /** Sends any request, and records the answer as seen. */
    async ask(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
      const init = body && { body: JSON.stringify(body) };
      const type = body && { 'content-type': 'application/json' };
      const response = await fetch(stack.url + path, { method, ...init, headers: { ...type, ...headers } });
      const answer = await response.text();
      seen.push(JSON.stringify([...response.headers]), answer);
      return { status: response.status, body: JSON.parse(answer) };
    },
    /** Signs a user in, and registers the session. */
    async register(userName: string) {
      const file = stack.emulator.signIns.signIn({ userName });
      const userId = stack.users.find(userName)?.userId ?? '';
      const { status } = await this.ask('PUT', `/users/${userId}/sessions`, file);
      if (status !== 201) throw new Error(`Registering was answered ${status}.`);
      return { file, userId };
    },
    /** Headers of a request that is signed with role credentials of the session. */
    async signedBy(file: { accessToken: string }) {
      return signed('execute-api', await roleCredentials(stack.emulator.url, file.accessToken));
    },
    /** Registers the session as a login wrapper does, with its own role credentials. */
    async registerOwn(file: { accessToken: string }, body: object = file) {
      return this.ask('PUT', '/sessions', body, await this.signedBy(file));
    },
    /** Sends events by the sender in `source`: AWS and partners directly, all others by PutEvents. */
    async putEvents(...events: object[]) {
      return this.putEventsOf(new Date(), ...events);
    },
    /** @param at - when the events happened, not when they arrive */
    async putEventsOf(at: Date, ...happened: object[]) {
      const events = happened.map((event) => ({ source: '', ...event, time: at.toISOString() }));
      const ofAws = events.filter(({ source }) => source.startsWith('aws.'));
      for (const event of ofAws) {
        const body = JSON.stringify(event);
        const { status } = await fetch(`${stack.emulator.url}/_emulator/events`, { method: 'POST', body });
        if (status !== 201) throw new Error('An event of AWS was not taken.');
      }
      const Entries = events.filter((event) => !ofAws.includes(event)).map(entryOf);
      if (Entries.length === 0) return;
      const { FailedEntryCount } = await this.callAws('AWSEvents.PutEvents', { Entries });
      if (FailedEntryCount !== 0) throw new Error('An event was not taken.');
    },
    async cache(accessToken: string) {
      const row = marshall({ userId: USER_ID, sessionId: hashOf(accessToken) });
      await dynamo.send(new PutItemCommand({ TableName: table('TokenCache'), Item: row }));
    },
    async rows(part: 'TokenCache' | 'Records') {
      const { Items } = await dynamo.send(new ScanCommand({ TableName: table(part), ConsistentRead: true }));
      return (Items ?? []).map((item) => unmarshall(item));
    },
    /** Whether no message is waiting or being processed. Dead-letter queues do not count. */
    isQuiet(): boolean {
      const working = Object.values(stack.queues).filter(({ isForDeadLetters }) => !isForDeadLetters);
      const counts = working.map((queue) => queue.counts());
      return counts.every(({ visible, inFlight, delayed }) => visible + inFlight + delayed === 0);
    },
    /** @throws Error if a function made a call that its role in the template does not allow */
    async close() {
      dynamo.destroy();
      await stack.close();
      await requireAllowed(stack.calls.list(), env.AWS_REGION ?? 'us-east-1');
    },
  };
}

/** The entry that `aws events put-events` sends for an event. */
function entryOf(event: object) {
  const { source, 'detail-type': type, time, detail, resources, bus } = event as Record<string, unknown>;
  return {
    Source: source,
    DetailType: type,
    Time: time,
    Detail: JSON.stringify(detail),
    Resources: resources,
    EventBusName: bus,
  };
}

/** By Region. */
const permissions = new Map<string, Permissions>();

/** What the roles of the tests' stack may do. Read once per process, and evaluations are cached. */
export function stackPermissions(region = 'us-east-1'): Permissions {
  const known = permissions.get(region) ?? permissionsOf(assembly, region);
  permissions.set(region, known);
  return known;
}

async function requireAllowed(calls: readonly RecordedCall[], region: string): Promise<void> {
  const refused = await stackPermissions(region).refused(calls);
  if (refused.length > 0) throw new Error(`IAM would have refused:\n${refused.join('\n')}`);
}

function named<T>(all: Readonly<Record<string, T>>, part: string): T {
  const [found] = Object.entries(all).filter(([id]) => id.includes(part));
  if (!found) throw new Error(`The stack has no ${part}.`);
  return found[1];
}

/** A client of a DynamoDB that the local stack uses. */
export function dynamoAt(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
}

export type RunningStack = Awaited<ReturnType<typeof start>>;

/** The ids of all functions. The template is read once per process. */
let functionIds: string[] | undefined;

/** The logical id of a function, by its id in the construct. */
export function functionId(id: string): string {
  functionIds ??= [...loadAssembly(assembly).resources]
    .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
    .map(([logicalId]) => logicalId);
  const found = functionIds.find((logicalId) => logicalId.slice(0, -8).endsWith(`Revocation${id}`));
  if (!found) throw new Error(`The stack has no function ${id}.`);
  return found;
}

/**
 * Waits until a condition holds that the workers cause in their own time. A check that asks the stack itself takes CPU time from the
 * workers. So the pause after a check is at least four times as long as the check.
 */
export async function until(what: string, holds: () => unknown, seconds = 30): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const checkedAt = performance.now();
    if (await holds()) return;
    if (performance.now() > deadline) throw new Error(`Not within ${seconds} seconds: ${what}.`);
    const pause = Math.min(Math.max(20, 4 * (performance.now() - checkedAt)), 200);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/**
 * Waits until no message is queued or being processed.
 *
 * @param pass - sets the clock of the queues forward, so that delayed messages arrive sooner
 */
export async function workedOff(
  running: Pick<RunningStack, 'isQuiet'>,
  pass: (millis: number) => void,
  seconds?: number,
): Promise<void> {
  const isQuiet = () => {
    pass(1_000);
    return running.isQuiet();
  };
  await until('all messages are worked off', isQuiet, seconds);
}
