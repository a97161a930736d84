import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { FromMeasured, Invocations, Loaded, Measured } from './protocol.ts';

export type { Invocations, Loaded } from './protocol.ts';

export interface MeasuredFunction {
  readonly loaded: Loaded;
  readonly pid: number;
  /** @throws Error when the function throws */
  invoke(events: readonly unknown[], timeoutSeconds?: number): Promise<Invocations>;
  end(): void;
}

export interface Runnable extends Measured {
  /** The whole environment: variables of this process are not added. */
  readonly environment: Readonly<Record<string, string>>;
}

const processFile = join(import.meta.dirname, 'measured-process.ts');

/** The timeout of the stack's HTTP functions. It is below API Gateway's 30 seconds. */
const TIMEOUT_SECONDS = 29;

/**
 * Starts a function in a process of its own. It calls the endpoints of its environment.
 *
 * @param execArgv - options of Node.js; with `--expose-gc`, the process forces collections to measure the heap in use
 */
export async function startMeasured(
  runnable: Runnable,
  execArgv: readonly string[] = [],
): Promise<MeasuredFunction> {
  const { environment, directory, handler, context } = runnable;
  const child = fork(processFile, [JSON.stringify({ directory, handler, context } satisfies Measured)], {
    env: { ...environment },
    execArgv: [...execArgv],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let waiting = Promise.withResolvers<FromMeasured>();
  child.on('message', (message: FromMeasured) => waiting.resolve(message));
  child.on('exit', (code, signal) => waiting.reject(new Error(`${handler} ended: ${code ?? signal}.`)));
  const next = async () => {
    const message = await waiting.promise;
    waiting = Promise.withResolvers();
    // The process may end while nobody waits for it. Without this line, that would be an unhandled rejection.
    waiting.promise.catch(() => {});
    if (message.kind === 'failed') throw new Error(message.message);
    return message;
  };
  const first = await next();
  if (first.kind !== 'loaded') throw new Error(`${handler} was not loaded.`);
  return {
    loaded: first.loaded,
    // A process that has answered has a pid.
    pid: child.pid ?? 0,
    async invoke(events, timeoutSeconds = TIMEOUT_SECONDS) {
      child.send({ events, timeoutSeconds });
      const answer = await next();
      if (answer.kind !== 'invoked') throw new Error(`${handler} was not invoked.`);
      return answer.invocations;
    },
    end: () => void child.kill(),
  };
}
