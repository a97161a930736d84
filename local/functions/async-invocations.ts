import type { Output } from '../ground/output.ts';
import type { Assembly } from '../template/assembly.ts';
import { functionIds } from '../template/function-names.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { type KnownProperties, requireKnown, resourcesOf, wholeNumber } from '../template/properties.ts';

type Invoke = (functionId: string, event: unknown) => Promise<unknown>;

/** How often Lambda retries, unless the template says otherwise. */
const RETRIES = 2;

const KNOWN: KnownProperties = {
  executed: ['FunctionName', 'MaximumRetryAttempts', 'Qualifier'],
  // Events do not wait here, so their age does not matter.
  leftOut: ['MaximumEventAgeInSeconds'],
};

/**
 * Reads the number of retries of each function that has an AWS::Lambda::EventInvokeConfig.
 *
 * @throws Error for a destination, for another version than $LATEST, and for a function that is not of the stack
 */
export function describeRetries(assembly: Assembly, resolver: Resolver): ReadonlyMap<string, number> {
  const functions = functionIds(assembly, resolver);
  return new Map(
    resourcesOf(assembly, 'AWS::Lambda::EventInvokeConfig').map(([id, { Properties }]) => {
      requireKnown(id, Properties, KNOWN);
      const { FunctionName, MaximumRetryAttempts, Qualifier } = Object(resolver.resolve(Properties));
      const functionId = functions.get(String(FunctionName));
      if (!functionId) throw new Error(`${id}: ${FunctionName} is not a function of this stack.`);
      if (Qualifier !== '$LATEST')
        throw new Error(`${id}: the local run has $LATEST of a function, not ${Qualifier}.`);
      const retries = wholeNumber(`${id}: MaximumRetryAttempts`, MaximumRetryAttempts, 0, 2) ?? RETRIES;
      return [functionId, retries];
    }),
  );
}

/**
 * Invokes functions as Lambda does when nobody waits for the result. A failed invocation is retried at once, not after
 * minutes. If every attempt fails, the event is lost, and a line of output says so.
 *
 * @param retries - the number of retries, for functions with a number of their own
 * @returns a function that never throws
 */
export function asyncInvoker(invoke: Invoke, retries: ReadonlyMap<string, number>, output: Output) {
  return async (functionId: string, event: unknown): Promise<void> => {
    let failure: unknown;
    for (let attempt = 0; attempt <= (retries.get(functionId) ?? RETRIES); attempt += 1) {
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
