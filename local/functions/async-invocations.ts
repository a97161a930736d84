import type { Output } from '../ground/output.ts';

type Invoke = (functionId: string, event: unknown) => Promise<unknown>;

/** Lambda retries twice unless the template has an EventInvokeConfig, which the local run refuses. */
const RETRIES = 2;

/**
 * Invokes functions as Lambda does when nobody waits for the result. A failed invocation is retried at once, not after
 * minutes. If every attempt fails, the event is lost, and a line of output says so.
 *
 * @returns what throws nothing
 */
export function asyncInvoker(invoke: Invoke, output: Output) {
  return async (functionId: string, event: unknown): Promise<void> => {
    let failure: unknown;
    for (let attempt = 0; attempt <= RETRIES; attempt += 1) {
      try {
        await invoke(functionId, event);
        return;
      } catch (error) {
        failure = error;
      }
    }
    const { errorType } = Object(failure);
    output(`${functionId}: an event is lost: every attempt failed with ${String(errorType)}`);
  };
}
