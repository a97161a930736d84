import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../ground/clock.ts';
import type { Output } from '../ground/output.ts';
import type { Failure, FromWorker, ToWorker, WorkerSettings } from './worker-messages.ts';

/** A Lambda function as the template describes it, ready to be run. */
export interface LocalFunction extends WorkerSettings {
  /** The whole environment: variables of this process are not added. */
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly logGroup: string;
}

/** One worker thread that runs one invocation at a time. It is not frozen between invocations, as Lambda's is. */
export interface ExecutionEnvironment {
  /** Resolves when the function's code has been loaded. @throws InvocationError when that fails */
  readonly ready: Promise<void>;
  readonly isOver: () => boolean;
  /**
   * @param trace - header of AWS X-Ray
   * @throws InvocationError when the handler fails, the thread ends, or the timeout passes
   */
  invoke(event: unknown, trace: string): Promise<unknown>;
  /** Ends the thread at once, whatever it is doing. */
  end(): Promise<void>;
}

/** A failed invocation, described as Lambda does. */
export class InvocationError extends Error {
  readonly errorType: string;

  constructor(failure: Failure) {
    super(failure.errorMessage);
    this.name = 'InvocationError';
    this.errorType = failure.errorType;
  }
}

/** Lambda's limit for loading a function's code. */
const INIT_SECONDS = 10;

const workerFile = join(import.meta.dirname, 'function-worker.js');

/** @param clock - the function's clock is set by it at the start of each invocation; by default, it is the computer's */
export function startEnvironment(fn: LocalFunction, output: Output, clock?: Clock): ExecutionEnvironment {
  const worker = startWorker(fn);
  const replies = followReplies(worker, output);
  const end = async () => {
    replies.stop();
    await worker.terminate();
  };
  const within = (seconds: number, reply: Promise<string>) => {
    const errorMessage = `Task timed out after ${seconds.toFixed(2)} seconds`;
    const timer = setTimeout(() => {
      replies.fail({ errorType: 'Sandbox.Timedout', errorMessage });
      end();
    }, seconds * 1000);
    return reply.finally(() => clearTimeout(timer));
  };
  const load = async () => {
    try {
      await within(INIT_SECONDS, replies.next());
    } catch (error) {
      await end();
      throw error;
    }
  };
  const ready = load();
  // `invoke` reports the error. Without this line, a failure before the first invocation would be an unhandled rejection.
  ready.catch(() => {});
  const invoke = async (event: unknown, trace: string) => {
    await ready;
    const reply = replies.next();
    const deadline = Date.now() + fn.timeoutSeconds * 1000;
    worker.postMessage({
      requestId: randomUUID(),
      event: JSON.stringify(event),
      deadline,
      trace,
      ...(clock && { ahead: clock() - Date.now() }),
    } satisfies ToWorker);
    return JSON.parse(await within(fn.timeoutSeconds, reply));
  };
  return { ready, isOver: replies.isStopped, invoke, end };
}

/** Receives the thread's replies to its start and to each invocation, one at a time. */
function followReplies(worker: Worker, output: Output) {
  const lines = lineBuffer(output);
  let stopped = false;
  let reply = Promise.withResolvers<string>();
  const reject = (failure: Failure) => reply.reject(new InvocationError(failure));
  const exited = (how: string) => ({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited ${how}` });
  // Lambda writes the error to the function's log, so it must be visible here too.
  const fail = (failure: Failure) => {
    output(`ERROR Invoke Error ${JSON.stringify(failure)}`);
    reject(failure);
  };
  const stop = () => {
    stopped = true;
  };
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'output') lines.add(message.text);
    else if (message.kind === 'failure') fail(message.failure);
    else reply.resolve(message.kind === 'result' ? message.json : '');
  });
  worker.on('error', (error: Error) => {
    stop();
    fail(crash(error));
  });
  worker.on('exit', (code) => {
    stop();
    lines.end();
    reject(exited(`with error: exit status ${code}`));
  });
  const next = () => {
    reply = Promise.withResolvers<string>();
    // A thread may end while nobody waits for its reply. Without this line, that would be an unhandled rejection.
    reply.promise.catch(() => {});
    if (stopped) reject(exited('between invocations'));
    return reply.promise;
  };
  return { next, fail, stop, isStopped: () => stopped };
}

function startWorker({ directory, handler, context, environment, memoryMb }: LocalFunction): Worker {
  return new Worker(workerFile, {
    workerData: { directory, handler, context } satisfies WorkerSettings,
    env: environment,
    argv: [],
    // Options of this process, such as those of a profiler, are not the function's.
    execArgv: [],
    // Otherwise native output, such as that of a fatal error, would bypass `output`.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
}

function crash(error: Error & { code?: string }): Failure {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with error: signal: killed' };
  }
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

function lineBuffer(output: Output): { add(text: string): void; end(): void } {
  let rest = '';
  return {
    add(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) output(line);
    },
    end() {
      if (rest) output(rest);
      rest = '';
    },
  };
}
