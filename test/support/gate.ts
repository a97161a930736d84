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
 * - `throttle`, `fail`: the service's own error for too many requests, or its 500; nothing is done
 * - `hang`: no answer at all, nothing is done
 * - `cut`: the connection breaks before anything is done
 * - `garbage`: an answer that nobody can read, nothing is done
 * - `lost`, `late`, `spoilt`: everything is done, and the connection breaks, no answer comes, or nobody can read it
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
  /** Decides about a request before it is passed on, and holds it up meanwhile. Nothing lets it through. */
  onRequest?(call: Call): Fate | undefined | Promise<Fate | undefined>;
  /** Runs when the service has answered, and holds the answer up. */
  onAnswer?(call: Call, answer: Answer): unknown;
  /** The client did not wait, though an answer was on its way. Nothing is known of a call that was not read yet. */
  onAbandoned?(call: Call | undefined): void;
}

export interface Gate {
  /** What to put into the AWS_ENDPOINT_URL variables. */
  url: string;
  /** Replaces the hooks; requests are counted from 1 again. */
  use(hooks: GateHooks): void;
  /** Resolves when no request is being worked on. Those that hang do not count. */
  idle(): Promise<void>;
  /** Resolves when nobody waits for an answer any more, and no client asks again. */
  quiet(): Promise<void>;
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
      // The client is gone, or the service is.
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

/** Every variable by which a function finds a service that it calls, leading to this gate. */
export function throughGate({ url }: Pick<Gate, 'url'>): Record<string, string> {
  return Object.fromEntries(SERVICES.map((service) => [`AWS_ENDPOINT_URL_${service}`, url]));
}

/** DynamoDB takes 16 MiB at most, other services less. */
const MAX_BODY = 1 << 24;

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

interface Line {
  call?: Call;
  answer(answer: Answer): void;
  cut(): void;
  leaveOpen(): void;
}

/** The client's end of a request. @param onAbandoned - told when the client closes it, and nothing was the matter */
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
  // Who is gone by now is written to all the same.
  response.on('error', () => {});
  response.once('close', () => {
    if (!response.writableFinished && !isMeant) onAbandoned(line.call);
  });
  return line;
}

const GARBAGE = { status: 200, headers: {}, body: '<html>not what you asked for' };

/** The SDK takes any 200 of the portal for a success, whatever its body says. */
function garbageOf({ service }: Call): typeof GARBAGE {
  return { ...GARBAGE, status: service === 'sso' ? 502 : 200 };
}
