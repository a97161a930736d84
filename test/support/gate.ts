import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { closeServer, listen, localUrl, readBody } from '../../local/ground/http-server.ts';
import { signedService } from '../../local/ground/signature.ts';
import { refusalOf } from './service-faults.ts';

/** A request to a service, seen at the gate. */
export interface Call {
  /** As in a signature's scope: `dynamodb`, `kms`, …; `sso` and `sso-oidc` of those that are not signed. */
  service: string;
  /** Such as `PutItem`, `Logout`, `CreateToken`. */
  operation: string;
  /** Of all requests, from 1; an SDK's retry is one more. */
  number: number;
  /** Logical id of the function that called, where the request is signed. */
  functionId: string | undefined;
}

/**
 * - `throttle`, `fail`: the service's own error for too many requests, or its 500; nothing is done
 * - `hang`: no answer at all, nothing is done
 * - `cut`: the connection breaks before anything is done
 * - `lost`: everything is done, and the connection breaks before the answer
 * - `garbage`: 200 with something that nobody can read, nothing is done
 */
export const FAULTS = ['throttle', 'fail', 'hang', 'cut', 'lost', 'garbage'] as const;
export type Fault = (typeof FAULTS)[number];

export interface GateHooks {
  /** Decides about a request before it is passed on, and holds it up meanwhile. Nothing, or `pass`, lets it through. */
  onRequest?(call: Call): Fault | 'pass' | undefined | Promise<Fault | 'pass' | undefined>;
  /** Runs when the service has answered, and holds the answer up. */
  onAnswer?(call: Call): unknown;
}

export interface Gate {
  /** What to put into the AWS_ENDPOINT_URL variables. */
  url: string;
  /** Replaces the hooks; requests are counted from 1 again. */
  use(hooks: GateHooks): void;
  /** Resolves when no request is being worked on. Those that hang do not count. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A way to one service, or to several, on which something can happen at an exact request.
 *
 * @param target - URL of the service; a function where it is not known yet, or depends on the call
 */
export async function startGate(
  target: string | ((call: Call) => string),
  hooks: GateHooks = {},
): Promise<Gate> {
  const agent = new Agent({ keepAlive: true });
  const waiting: (() => void)[] = [];
  let [number, open] = [0, 0];
  let current = hooks;
  const server = createServer(async (message, response) => {
    open += 1;
    try {
      const body = (await readBody(message, MAX_BODY)) ?? Buffer.alloc(0);
      number += 1;
      const call = { ...nameOf(message, body), number };
      const { onRequest, onAnswer } = current;
      const fault = (await onRequest?.(call)) ?? 'pass';
      if (fault !== 'pass' && fault !== 'lost') return answerFault(fault, call, response);
      const url = new URL(message.url ?? '/', typeof target === 'string' ? target : target(call));
      const answer = await passOn(url, message, body, agent);
      await onAnswer?.(call);
      if (fault === 'lost') response.destroy();
      else response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch {
      // The client is gone, or the service is.
      response.destroy();
    } finally {
      open -= 1;
      if (open === 0) for (const resolve of waiting.splice(0)) resolve();
    }
  });
  const url = localUrl(await listen(server, 0));
  return {
    url,
    use(next) {
      current = next;
      number = 0;
    },
    idle: async () => {
      if (open > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    async close() {
      await closeServer(server);
      agent.destroy();
    },
  };
}

/** Every variable by which a function finds a service that it calls, leading to this gate. */
export function throughGate({ url }: Pick<Gate, 'url'>): Record<string, string> {
  const services = ['DYNAMODB', 'SSO', 'SSO_OIDC', 'KMS', 'IDENTITYSTORE', 'ORGANIZATIONS', 'STS', 'SQS'];
  return Object.fromEntries(services.map((service) => [`AWS_ENDPOINT_URL_${service}`, url]));
}

/** DynamoDB takes 16 MiB at most, other services less. */
const MAX_BODY = 1 << 24;

/** By what X-Amz-Target begins with. */
const TARGETS: Record<string, string> = {
  DynamoDB_20120810: 'dynamodb',
  TrentService: 'kms',
  AmazonSQS: 'sqs',
  AWSIdentityStore: 'identitystore',
  AWSOrganizationsV20161128: 'organizations',
  AWSEvents: 'events',
};

/** Calls of which neither a header nor a signature tells what they are. */
const PATHS: Record<string, [service: string, operation: string]> = {
  '/logout': ['sso', 'Logout'],
  '/token': ['sso-oidc', 'CreateToken'],
};

function nameOf({ headers, url = '/' }: IncomingMessage, body: Buffer): Omit<Call, 'number'> {
  const functionId = headers['x-amz-security-token'];
  const caller = { functionId: functionId === undefined ? undefined : String(functionId) };
  const [prefix = '', operation] = String(headers['x-amz-target'] ?? '').split('.');
  if (operation !== undefined) return { service: TARGETS[prefix] ?? prefix, operation, ...caller };
  const [path = '/'] = url.split('?');
  const [service, unsigned] = PATHS[path] ?? [];
  if (service && unsigned) return { service, operation: unsigned, ...caller };
  const action = new URLSearchParams(String(body)).get('Action');
  return { service: signedService(headers) ?? 'unknown', operation: action ?? path, ...caller };
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer | undefined;
}

/** Also when the caller is gone by now: a crash does not take back what was sent. */
function passOn(url: URL, message: IncomingMessage, body: Buffer, agent: Agent): Promise<Answer> {
  const { connection: _, 'transfer-encoding': __, expect: ___, ...headers } = message.headers;
  const options = { method: message.method, headers: { ...headers, 'content-length': body.length }, agent };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, async (answer) => {
      const { connection: ____, 'keep-alive': _____, 'transfer-encoding': ______, ...kept } = answer.headers;
      try {
        resolve({ status: answer.statusCode ?? 500, headers: kept, body: await readBody(answer, MAX_BODY) });
      } catch (error) {
        reject(error);
      }
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

function answerFault(fault: Exclude<Fault, 'lost'>, { service }: Call, response: ServerResponse): void {
  switch (fault) {
    case 'hang':
      return;
    case 'cut':
      response.destroy();
      return;
    case 'garbage':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>not what you asked for');
      return;
    default: {
      const { status, headers, body } = refusalOf(service, fault);
      response.writeHead(status, headers).end(body);
    }
  }
}
