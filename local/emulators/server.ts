import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeServer, listen, localUrl, readBody } from '../http-server.ts';
import type { Answer, EmulatedRequest, Operation } from './answer.ts';
import { CONTROL_PREFIX, controlCalls, unknownCall } from './control.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { createJournal, type Journal, type JournalEntry } from './journal.ts';
import { oidcOperations } from './oidc.ts';
import { portalOperations } from './portal.ts';
import { type Clock, createSignIns, type SignIns } from './sign-ins.ts';

export interface SignInEmulatorOptions {
  /** 0, a free one, unless told. */
  readonly port?: number;
  /** The computer's clock unless told. */
  readonly clock?: Clock;
}

export interface SignInEmulator {
  /** Serves the portal and SSO OIDC alike: endpoint of both. */
  readonly url: string;
  readonly signIns: SignIns;
  readonly faults: Faults;
  /** Requests so far, oldest first; grows. */
  readonly requests: readonly JournalEntry[];
  close(): Promise<void>;
}

const MAX_BODY = 1024 * 1024;

/**
 * Emulates what of IAM Identity Center has to do with signing in and out, on one HTTP server. All state is in memory.
 *
 * @throws the server's error, such as EADDRINUSE
 */
export async function startSignInEmulator({
  port = 0,
  clock = Date.now,
}: SignInEmulatorOptions = {}): Promise<SignInEmulator> {
  const signIns = createSignIns(clock);
  const faults = createFaults();
  const journal = createJournal(clock);
  let url = '';
  const operations = { ...portalOperations(signIns, clock), ...oidcOperations(signIns, clock, () => url) };
  const calls = controlCalls(signIns, faults, journal);

  const server = createServer(async (message, response) => {
    try {
      const { key, pathname, request } = await parse(message);
      const operation = operations[key];
      if (operation) perform(operation, request, response, faults, journal);
      else if (!pathname.startsWith(CONTROL_PREFIX))
        send(response, { status: 404, json: { message: 'Not Found' } });
      else if (!request) send(response, { status: 400, json: { message: 'The body is not a JSON object.' } });
      else send(response, calls[key]?.(request) ?? unknownCall(calls));
    } catch {
      // Only a client that went away, or a request line that is no URL, comes here.
      response.destroy();
    }
  });
  url = localUrl(await listen(server, port));
  return { url, signIns, faults, requests: journal.entries, close: () => closeServer(server) };
}

/** `request` is undefined when the body is not a JSON object. */
async function parse(
  message: IncomingMessage,
): Promise<{ key: string; pathname: string; request?: EmulatedRequest }> {
  const { pathname, searchParams } = new URL(message.url ?? '/', 'http://localhost');
  const key = `${message.method} ${pathname}`;
  const json = parseObject(await readBody(message, MAX_BODY));
  return { key, pathname, ...(json && { request: { headers: message.headers, query: searchParams, json } }) };
}

function parseObject(body: Buffer | undefined): Record<string, unknown> | undefined {
  if (body?.length === 0) return {};
  try {
    const value: unknown = JSON.parse(String(body));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function perform(
  operation: Operation,
  request: EmulatedRequest | undefined,
  response: ServerResponse,
  faults: Faults,
  journal: Journal,
): void {
  const fault = faults.next(operation.name);
  const answer = underFault(fault, operation, request);
  const token = answer.token ?? bearerToken(request);
  const isAnswered = !['hang', 'cut', 'lost'].includes(fault);
  journal.add(operation.name, token, isAnswered ? answer.status : null);
  if (fault === 'hang') return;
  if (fault === 'garbage') response.writeHead(200).end('<html>not what you asked for');
  else if (isAnswered) send(response, answer);
  else response.destroy();
}

function underFault(fault: Fault, operation: Operation, request: EmulatedRequest | undefined): Answer {
  if (fault === 'throttle' || fault === 'fail' || fault === 'reject') return operation.refuse(fault);
  if (fault === 'hang' || fault === 'cut' || fault === 'garbage') return { status: 200 };
  return request ? operation.handle(request) : operation.refuse('reject');
}

function bearerToken(request: EmulatedRequest | undefined): string | undefined {
  const token = request?.headers['x-amz-sso_bearer_token'];
  return typeof token === 'string' ? token : undefined;
}

function send(response: ServerResponse, { status, headers, json }: Answer): void {
  response.writeHead(status, {
    ...headers,
    ...(json !== undefined && { 'content-type': 'application/json' }),
  });
  response.end(json === undefined ? undefined : JSON.stringify(json));
}
