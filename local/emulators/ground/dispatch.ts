import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { readBody } from '../../ground/http-server.ts';
import type { Recorder } from '../../ground/recorder.ts';
import { signedService } from '../../ground/signature.ts';
import type { Answer, ControlCalls, EmulatedRequest, Operation } from './answer.ts';
import { CONTROL_PREFIX, control } from './control.ts';
import type { Faults, MetFault } from './faults.ts';
import type { Journal } from './journal.ts';
import { type FormService, formFailure, formOperation } from './query-protocol.ts';
import { type JsonService, jsonOperations, ServiceError } from './service.ts';

export interface DispatcherOptions {
  /** Operations of services with REST protocols, by `METHOD path`. */
  readonly byPath: Readonly<Record<string, Operation>>;
  /** Services with AWS's JSON protocols. */
  readonly services: readonly JsonService[];
  /** Services with the query protocol, whose requests are forms. */
  readonly formServices: readonly FormService[];
  readonly calls: ControlCalls;
  readonly faults: Faults;
  readonly journal: Journal;
  /** Receives every request first. */
  readonly record: Recorder;
}

/** Answers one request to any of the emulated services. */
export type Dispatch = (message: IncomingMessage, response: ServerResponse) => Promise<void>;

/** SQS accepts 1 MiB, and the encoding of a form at most triples it. */
const MAX_BODY = 4 * 1024 * 1024;

export function createDispatcher(options: DispatcherOptions): Dispatch {
  const byTarget: Record<string, Operation> = Object.assign({}, ...options.services.map(jsonOperations));
  return async (message, response) => {
    try {
      const { pathname, searchParams: query } = new URL(message.url ?? '/', 'http://localhost');
      const body = await readBody(message, MAX_BODY);
      const { method = 'GET', headers } = message;
      options.record(headers, body);
      const json = isForm(message) ? {} : parseObject(body);
      const request = json && { headers, query, json, signal: goneSignal(response) };
      const operation = isForm(message)
        ? formOperation(options.formServices, String(body))
        : (byTarget[String(headers['x-amz-target'])] ?? options.byPath[`${method} ${pathname}`]);
      if (operation) await perform(operation, request, response, options);
      else if (pathname.startsWith(CONTROL_PREFIX))
        send(response, control(options.calls, method, pathname, json));
      else send(response, notEmulated(message));
    } catch {
      // Either the client has disconnected, or the request line is no URL.
      response.destroy();
    }
  };
}

/** Whether the request uses the query protocol. Control calls never do, although curl sends this content type by default. */
function isForm({ headers, url }: IncomingMessage): boolean {
  if (url?.startsWith(CONTROL_PREFIX)) return false;
  return String(headers['content-type']).startsWith('application/x-www-form-urlencoded');
}

function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
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

/** Answers an AWS call with 400, which no client retries. A call that is not emulated must not reach AWS itself. */
function notEmulated(message: IncomingMessage): Answer {
  const { method, url, headers } = message;
  const target = headers['x-amz-target'];
  const service = signedService(headers);
  const what = [service, target ?? `${method} ${url?.split('?')[0]}`].filter(Boolean).join(' ');
  const text = `The local run does not emulate this: ${what}. An AWS_ENDPOINT_URL_<SERVICE> variable can name who does.`;
  if (isForm(message)) return formFailure(new ServiceError('NotEmulated', text));
  return {
    status: service !== undefined || target !== undefined ? 400 : 404,
    headers: { 'x-amzn-errortype': 'NotEmulated' },
    json: { __type: 'NotEmulated', message: text },
  };
}

async function perform(
  operation: Operation,
  request: EmulatedRequest | undefined,
  response: ServerResponse,
  { faults, journal }: DispatcherOptions,
): Promise<void> {
  const names = [operation.name, operation.faultName ?? operation.name];
  response.once('close', journal.begin(operation.name));
  const met = faults.next(...names);
  const { fault } = met;
  const answer = await underFault(met, operation, request);
  const token = answer.token ?? bearerToken(request);
  const isAnswered = !['hang', 'cut', 'lost'].includes(fault);
  journal.add(operation.name, token, isAnswered ? answer.status : null);
  if (fault === 'hang') return;
  const delay = faults.delayOf(...names);
  if (delay > 0) await wait(delay, undefined, { ref: false });
  if (fault === 'garbage') response.writeHead(200).end('<html>not what you asked for');
  else if (isAnswered) send(response, answer);
  else response.destroy();
}

async function underFault(
  { fault, code }: MetFault,
  operation: Operation,
  request: EmulatedRequest | undefined,
): Promise<Answer> {
  if (fault === 'throttle' || fault === 'fail' || fault === 'reject') return operation.refuse(fault, code);
  if (fault === 'hang' || fault === 'cut' || fault === 'garbage') return { status: 200 };
  return request ? operation.handle(request) : operation.refuse('reject');
}

function bearerToken(request: EmulatedRequest | undefined): string | undefined {
  const token = request?.headers['x-amz-sso_bearer_token'];
  return typeof token === 'string' ? token : undefined;
}

function send(response: ServerResponse, { status, headers, json, text }: Answer): void {
  response.writeHead(status, {
    ...(json !== undefined && { 'content-type': 'application/json' }),
    ...headers,
  });
  response.end(text ?? (json === undefined ? undefined : JSON.stringify(json)));
}
