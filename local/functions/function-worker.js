// @ts-check
// JavaScript: Node.js would strip the types again in each thread, which took a third of the time that a function takes to start.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { setClock } from './worker-clock.js';

/**
 * @import { MessagePort } from 'node:worker_threads'
 * @import { Failure, FromWorker, ToWorker, WorkerSettings } from './worker-messages.ts'
 *
 * @typedef {(event: unknown, context: unknown) => unknown} Handler
 */

/** @type {(port: MessagePort, settings: WorkerSettings) => Promise<void>} */
async function run(port, settings) {
  const { now } = Date;
  /** @type {(message: FromWorker) => void} */
  const post = (message) => port.postMessage(message);
  redirectOutput(post);
  try {
    const handler = await loadHandler(settings);
    port.on('message', async (/** @type {ToWorker} */ message) => {
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
 *
 * @type {(post: (message: FromWorker) => void) => void}
 */
function redirectOutput(post) {
  /** @type {(chunk: string | Uint8Array, ...rest: unknown[]) => boolean} */
  const write = (chunk, ...rest) => {
    post({ kind: 'output', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8') });
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  };
  process.stdout.write = write;
  process.stderr.write = write;
}

/** @type {(settings: WorkerSettings) => Promise<Handler>} */
async function loadHandler({ directory, handler }) {
  const dot = handler.lastIndexOf('.');
  const [module, name] = [handler.slice(0, dot), handler.slice(dot + 1)];
  const file = ['.js', '.mjs', '.cjs']
    .map((ending) => join(directory, module + ending))
    .find((path) => existsSync(path));
  if (!file) throw named('Runtime.ImportModuleError', `Cannot find module '${module}'`);
  const exports = await import(pathToFileURL(file).href);
  /** @type {unknown} */
  const found = exports[name] ?? exports.default?.[name];
  if (typeof found !== 'function')
    throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  return (event, context) => found(event, context);
}

/** @type {(name: string, message: string) => Error} */
function named(name, message) {
  return Object.assign(new Error(message), { name });
}

/** @type {(error: unknown) => Failure} */
function failureOf(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

if (parentPort) run(parentPort, workerData);
