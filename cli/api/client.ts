import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Credentials, Machine } from '../machine.ts';
import { VERSION } from '../version.ts';
import type { ApiAddress } from './address.ts';
import { refusal } from './refusal.ts';
import { delayBefore, isWorthRepeating, retryAfterOf } from './retry.ts';
import { signedHeaders } from './sign.ts';

/** The record of each session that `icr` registers has it: which tool, on which kind of device. No host name, no user name. */
const USER_AGENT = `icr/${VERSION} (${process.platform}; ${process.arch})`;

export interface ApiRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** The path as in `lambda/routes.ts`, such as `/revocations/{revocationId}`. Errors name it. */
  readonly route: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON. It may hold a token, so it is only sent to the API. */
  readonly body?: string;
  /** Whether the request is idempotent. Then it is retried if its answer is lost. */
  readonly isRepeatable: boolean;
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  /** The body, parsed; undefined if it is not JSON. */
  readonly body: unknown;
  readonly retryAfter: number | undefined;
  /** The number of requests that were sent. */
  readonly attempts: number;
}

export interface Api {
  /** @throws Failure for every status but 2xx */
  send(request: ApiRequest): Promise<ApiAnswer>;
}

export interface ApiSettings {
  /** The timeout of one attempt, in milliseconds. It is longer than API Gateway lets a function take. */
  readonly timeoutMillis?: number;
  readonly attempts?: number;
}

/** Creates a client that signs requests, limits their time, and retries those that may succeed. */
export function createApi(
  machine: Pick<Machine, 'now' | 'sleep' | 'signal'>,
  address: ApiAddress,
  credentials: Credentials,
  { timeoutMillis = 35_000, attempts = 4 }: ApiSettings = {},
): Api {
  async function once(request: ApiRequest, signal: AbortSignal): Promise<Raw> {
    const url = urlOf(address.url, request);
    const type = request.body === undefined ? {} : { 'content-type': 'application/json' };
    const headers = { accept: 'application/json', 'user-agent': USER_AGENT, ...type, ...request.headers };
    const { method, body } = request;
    const unsigned = { method, url, headers, body };
    const signed = await signedHeaders(unsigned, address.region, credentials, new Date(machine.now()));
    // A redirect is not followed: it would send the token somewhere else.
    const init: RequestInit = {
      method,
      headers: signed,
      redirect: 'manual',
      signal,
      ...(body !== undefined && { body }),
    };
    const response = await fetch(url, init);
    const retryAfter = retryAfterOf(response.headers.get('retry-after'), machine.now());
    return { status: response.status, retryAfter, text: await response.text() };
  }

  async function attempt(request: ApiRequest, number: number): Promise<ApiAnswer | Failure> {
    const limit = limited(machine.signal, timeoutMillis);
    let raw: Raw;
    try {
      raw = await once(request, limit.signal);
    } catch (error) {
      if (error instanceof Failure) throw error;
      if (machine.signal.aborted) throw new Failure(EXIT.interrupted, 'Interrupted.');
      return unreachable(error, address.url, timeoutMillis);
    } finally {
      limit.release();
    }
    const { status, text, retryAfter } = raw;
    if (status >= 200 && status < 300)
      return { status, text, body: parsed(text), retryAfter, attempts: number };
    const route = `${request.method} ${request.route}`;
    return refusal({ status, text, retryAfter, route });
  }

  return {
    async send(request) {
      for (let number = 1; ; number += 1) {
        const result = await attempt(request, number);
        if (!(result instanceof Failure)) return result;
        if (number >= attempts || !mayRepeat(request, result)) throw result;
        await machine.sleep(delayBefore(number, result.retryAfter), machine.signal);
        if (machine.signal.aborted) throw new Failure(EXIT.interrupted, 'Interrupted.');
      }
    },
  };
}

interface Raw {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: number | undefined;
}

/**
 * Creates a signal that aborts with the other one, or after the given time. `AbortSignal.any` would keep 1.4 KB for each request as
 * long as the other signal lives (measured on Node.js 24), and an agent runs for months.
 */
function limited(other: AbortSignal, millis: number): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const end = () => controller.abort();
  const late = () => controller.abort(Object.assign(new Error('late'), { name: 'TimeoutError' }));
  const timer = setTimeout(late, millis);
  other.addEventListener('abort', end, { once: true });
  if (other.aborted) end();
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      other.removeEventListener('abort', end);
    },
  };
}

/** A throttled request was not executed, so it may always be repeated. */
function mayRepeat({ isRepeatable }: ApiRequest, { status }: Failure): boolean {
  if (status === undefined) return isRepeatable;
  return status === 429 || (isRepeatable && isWorthRepeating(status));
}

function urlOf(base: string, { route, parameters = {}, query }: ApiRequest): URL {
  const path = route.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(parameters[name] ?? ''));
  const url = new URL(base + path);
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  return url;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Only takes the code from the connection's error, because its text can contain the request. */
function unreachable(error: unknown, url: string, timeoutMillis: number): Failure {
  const host = new URL(url).host;
  const cause = Object(Object(error).cause);
  const code = String(cause.code ?? cause.errors?.[0]?.code ?? Object(error).name);
  return new Failure(EXIT.unavailable, sentence(code, host, timeoutMillis), { code });
}

function sentence(code: string, host: string, timeoutMillis: number): string {
  if (code === 'TimeoutError')
    return `${host} did not answer within ${timeoutMillis / 1000} s: check the network, or give --timeout more seconds.`;
  if (code === 'ECONNREFUSED') return `Nothing listens at ${host} (ECONNREFUSED): check --api.`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `The name ${host} is not known (${code}): check --api and the network.`;
  return `${host} cannot be reached (${code}): check the network, a proxy, and --api.`;
}
