import type { Clock } from '../ground/clock.ts';
import { nextHop } from '../ground/lineage.ts';
import type { Output } from '../ground/output.ts';
import { type ExecutionEnvironment, type LocalFunction, startEnvironment } from './execution-environment.ts';

/** The stack's functions, by logical id. Every method throws Error for an unknown id. */
export interface Functions {
  /**
   * Runs the function once and returns its result. A failed invocation leaves nothing behind that could break the next one.
   *
   * @param trace - X-Ray's trace header of the message that the function is invoked for; the invocation adds one hop
   * @throws InvocationError when the function fails, crashes or times out
   */
  invoke(logicalId: string, event: unknown, trace?: string): Promise<unknown>;
  /** Loads every function once, so that code that cannot be loaded is an error now. @throws InvocationError */
  warm(): Promise<void>;
  /** Ends the function's threads in the middle of their work, as a crash would. @returns the number of threads */
  crash(logicalId: string): Promise<number>;
  /** Ends all threads; invocations under way fail. */
  close(): Promise<void>;
}

/** Highest number of concurrent environments of one function. Lambda would start more, and finally throttle. Here invocations wait. */
const MAX_ENVIRONMENTS = 10;

/** Receives a line that a function wrote, with the log group of the function. */
export type FunctionLog = (logGroup: string, line: string) => void;

/** @param clock - the functions' clock; by default the computer's */
export function createFunctions(
  functions: ReadonlyMap<string, LocalFunction>,
  output: Output,
  clock?: Clock,
  log: FunctionLog = () => {},
): Functions {
  const written = (fn: LocalFunction) => (line: string) => {
    log(fn.logGroup, line);
    output(line);
  };
  const pools = new Map(
    [...functions].map(([id, fn]) => [id, createPool(() => startEnvironment(fn, written(fn), clock))]),
  );
  const poolOf = (logicalId: string) => {
    const pool = pools.get(logicalId);
    if (!pool) throw new Error(`${logicalId} is not a function of this stack.`);
    return pool;
  };
  const all = async (act: (pool: Pool) => Promise<unknown>) => {
    await Promise.all([...pools.values()].map(act));
  };
  return {
    invoke: async (logicalId, event, trace) => poolOf(logicalId).invoke(event, nextHop(trace, logicalId)),
    warm: () => all((pool) => pool.warm()),
    crash: async (logicalId) => poolOf(logicalId).crash(),
    close: () => all((pool) => pool.close()),
  };
}

interface Pool {
  invoke(event: unknown, trace: string): Promise<unknown>;
  warm(): Promise<void>;
  crash(): Promise<number>;
  close(): Promise<void>;
}

function createPool(start: () => ExecutionEnvironment): Pool {
  const living = new Set<ExecutionEnvironment>();
  const line = createLine(living, start);
  const using = async <T>(act: (environment: ExecutionEnvironment) => Promise<T>) => {
    const environment = await line.acquire();
    try {
      return await act(environment);
    } finally {
      line.release(environment);
    }
  };
  const endAll = async () => {
    const ending = [...living];
    await Promise.all(ending.map((environment) => environment.end()));
    return ending.length;
  };
  return {
    invoke: (event, trace) => using((environment) => environment.invoke(event, trace)),
    warm: () => using((environment) => environment.ready),
    crash: endAll,
    async close() {
      line.close();
      await endAll();
    },
  };
}

/** Gives each environment to one invocation at a time; `living` holds the environments that exist. */
function createLine(living: Set<ExecutionEnvironment>, start: () => ExecutionEnvironment) {
  const idle: ExecutionEnvironment[] = [];
  const waiting: (() => void)[] = [];
  let isClosed = false;
  return {
    /** @throws Error if the line is closed, also during the wait */
    async acquire(): Promise<ExecutionEnvironment> {
      for (;;) {
        if (isClosed) throw new Error('The local stack is closed.');
        const environment = idle.pop() ?? (living.size < MAX_ENVIRONMENTS ? start() : undefined);
        if (!environment) await new Promise<void>((wake) => waiting.push(wake));
        else if (environment.isOver()) living.delete(environment);
        else {
          living.add(environment);
          return environment;
        }
      }
    },
    release(environment: ExecutionEnvironment): void {
      if (environment.isOver()) living.delete(environment);
      else idle.push(environment);
      waiting.shift()?.();
    },
    close(): void {
      isClosed = true;
      for (const wake of waiting.splice(0)) wake();
    },
  };
}
