import {
  Agent,
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeServer, listen, localUrl, readBody } from '../../local/ground/http-server.ts';
import { type Call, readCall } from './gate-call.ts';
import { refusalOf } from './service-faults.ts';

/**
 * - `throttle`, `fail`: the service's own error for too many requests, or its 500; the call does nothing
 * - `hang`: no answer; the call does nothing
 * - `cut`: the connection breaks first; the call does nothing
 * - `garbage`: an unreadable answer; the call does nothing
 * - `lost`, `late`, `spoilt`: the call does everything, and then the connection breaks, no answer comes, or the answer
 *   is unreadable
 */
export const FAULTS = ['throttle', 'fail', 'hang', 'cut', 'garbage', 'lost', 'late', 'spoilt'] as const;
export type Fault = (typeof FAULTS)[number];
export type Fate = Fault | 'pass';

interface Answer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Buffer | string | undefined;
}

export interface GateHooks {
  /** Decides about a request before it is passed on, and delays it until then. Without a decision, it passes. */
  onRequest?(call: Call): Fate | undefined | Promise<Fate | undefined>;
  /** Runs when the service has answered, and delays the answer. */
  onAnswer?(call: Call, answer: Answer): unknown;
  /** The client stopped waiting although an answer was on its way. The call is undefined if it was not read yet. */
  onAbandoned?(call: Call | undefined): void;
}

export interface Gate {
  /** The value for the AWS_ENDPOINT_URL variables. */
  url: string;
  /** Replaces the hooks, and counts requests from 1 again. */
  use(hooks: GateHooks): void;
  /** Resolves when no request is being processed. Those that hang do not count. */
  idle(): Promise<void>;
  /** Resolves when no client waits for an answer, and none retries. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A proxy in front of one or several services that can do something at an exact request.
 *
 * @param target - URL of the service; a function if it is not known yet, or depends on the call
 */
export async function startGate(
  target: string | ((call: Call) => string),
  hooks: GateHooks = {},
): Promise<Gate> {
  const agent = new Agent({ keepAlive: true });
  const waiting: (() => void)[] = [];
  let [number, working, connected] = [0, 0, 0];
  let current = hooks;

  async function answerTo(message: IncomingMessage, line: Line): Promise<void> {
    const body = (await readBody(message, MAX_BODY)) ?? Buffer.alloc(0);
    number += 1;
    const call = readCall(message, body, number);
    line.call = call;
    const { onRequest, onAnswer } = current;
    const fate = (await onRequest?.(call)) ?? 'pass';
    if (fate === 'hang') return line.leaveOpen();
    if (fate === 'cut') return line.cut();
    if (fate === 'throttle' || fate === 'fail') return line.answer(refusalOf(call.service, fate));
    if (fate === 'garbage') return line.answer(garbageOf(call));
    const url = new URL(message.url ?? '/', typeof target === 'string' ? target : target(call));
    const answer = await passOn(url, message, body, agent);
    await onAnswer?.(call, answer);
    if (fate === 'lost') line.cut();
    else if (fate === 'late') line.leaveOpen();
    else line.answer(fate === 'spoilt' ? GARBAGE : answer);
  }

  const server = createServer(async (message, response) => {
    const line = openLine(response, (call) => current.onAbandoned?.(call));
    connected += 1;
    response.once('close', () => {
      connected -= 1;
    });
    working += 1;
    try {
      await answerTo(message, line);
    } catch {
      // The client or the service has closed the connection.
      if (!response.destroyed) line.cut();
    } finally {
      working -= 1;
      if (working === 0) for (const resolve of waiting.splice(0)) resolve();
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
      if (working > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    async quiet() {
      for (let rounds = 0; rounds < 2; rounds = connected > 0 ? 0 : rounds + 1) await sleep(1);
    },
    async close() {
      await closeServer(server);
      agent.destroy();
    },
  };
}

const SERVICES = [
  'DYNAMODB',
  'SSO',
  'SSO_OIDC',
  'SSO_ADMIN',
  'KMS',
  'IDENTITYSTORE',
  'ORGANIZATIONS',
  'STS',
  'SQS',
  'EVENTBRIDGE',
];

/** All variables by which a function finds a service, with the URL of this gate. */
export function throughGate({ url }: Pick<Gate, 'url'>): Record<string, string> {
  return Object.fromEntries(SERVICES.map((service) => [`AWS_ENDPOINT_URL_${service}`, url]));
}

/** DynamoDB accepts 16 MiB at most, other services less. */
const MAX_BODY = 1 << 24;

/** Waits for the answer even if the caller is gone, because a crash does not undo a sent request. */
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

interface Line {
  call?: Call;
  answer(answer: Answer): void;
  cut(): void;
  leaveOpen(): void;
}

/** The client's end of a request. @param onAbandoned - called if the client closes it although no fault was planned */
function openLine(response: ServerResponse, onAbandoned: (call: Call | undefined) => void): Line {
  let isMeant = false;
  const line: Line = {
    answer: ({ status, headers, body }) => void response.writeHead(status, headers).end(body),
    cut() {
      isMeant = true;
      response.destroy();
    },
    leaveOpen() {
      isMeant = true;
    },
  };
  // Writing to a client that is gone must not raise an error.
  response.on('error', () => {});
  response.once('close', () => {
    if (!response.writableFinished && !isMeant) onAbandoned(line.call);
  });
  return line;
}

const GARBAGE = { status: 200, headers: {}, body: '<html>not what you asked for' };

/** The SDK treats any 200 of the portal as a success, whatever its body says. */
function garbageOf({ service }: Call): typeof GARBAGE {
  return { ...GARBAGE, status: service === 'sso' ? 502 : 200 };
}
