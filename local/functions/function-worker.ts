import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { pathToFileURL } from 'node:url';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { setClock } from './worker-clock.ts';

/** The data that a worker is started with. */
export interface WorkerSettings {
  /** Directory of the unpacked code; absolute. */
  readonly directory: string;
  /** `file.export`, as in the template. */
  readonly handler: string;
  /** The part of the Lambda context that is the same for every invocation. */
  readonly context: Readonly<Record<string, unknown>>;
}

export interface ToWorker {
  readonly requestId: string;
  /** The event as JSON. */
  readonly event: string;
  /** Milliseconds since the epoch at which the invocation times out. */
  readonly deadline: number;
  /** X-Ray's trace header. SDK clients send it with every request. */
  readonly trace: string;
  /** How many milliseconds the function's clock is ahead of the computer's. By default, the clock is not changed. */
  readonly ahead?: number;
}

/** Lambda's description of a failed invocation. */
export interface Failure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'result'; readonly json: string }
  | { readonly kind: 'failure'; readonly failure: Failure };

type Handler = (event: unknown, context: unknown) => unknown;

async function run(port: MessagePort, settings: WorkerSettings): Promise<void> {
  const { now } = Date;
  const post = (message: FromWorker) => port.postMessage(message);
  redirectOutput(post);
  try {
    const handler = await loadHandler(settings);
    port.on('message', async (message: ToWorker) => {
      const context = {
        ...settings.context,
        awsRequestId: message.requestId,
        callbackWaitsForEmptyEventLoop: true,
        getRemainingTimeInMillis: () => Math.max(0, message.deadline - now()),
      };
      if (message.ahead !== undefined) setClock(message.ahead);
      env._X_AMZN_TRACE_ID = message.trace;
      try {
        const result = await handler(JSON.parse(message.event), context);
        post({ kind: 'result', json: JSON.stringify(result) ?? 'null' });
      } catch (error) {
        post({ kind: 'failure', failure: failureOf(error) });
      }
    });
    post({ kind: 'ready' });
  } catch (error) {
    post({ kind: 'failure', failure: failureOf(error) });
  }
}

/**
 * Sends the function's output over the same channel as its results. A worker's own stdout is another channel: its last lines
 * could arrive after the result, or be lost when the worker ends.
 */
function redirectOutput(post: (message: FromWorker) => void): void {
  const write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    post({ kind: 'output', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8') });
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  };
  process.stdout.write = write;
  process.stderr.write = write;
}

async function loadHandler({ directory, handler }: WorkerSettings): Promise<Handler> {
  const dot = handler.lastIndexOf('.');
  const [module, name] = [handler.slice(0, dot), handler.slice(dot + 1)];
  const file = ['.js', '.mjs', '.cjs']
    .map((ending) => join(directory, module + ending))
    .find((path) => existsSync(path));
  if (!file) throw named('Runtime.ImportModuleError', `Cannot find module '${module}'`);
  const exports = await import(pathToFileURL(file).href);
  const found: unknown = exports[name] ?? exports.default?.[name];
  if (typeof found !== 'function')
    throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  return (event, context) => found(event, context);
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

if (parentPort) run(parentPort, workerData);
