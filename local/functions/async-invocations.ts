import { randomUUID } from 'node:crypto';
import type { Queue } from '../emulators/sqs/queue.ts';
import type { Queues } from '../emulators/sqs/queues.ts';
import type { Output } from '../ground/output.ts';
import type { Assembly } from '../template/assembly.ts';
import { functionIds } from '../template/function-names.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { type KnownProperties, requireKnown, resourcesOf, wholeNumber } from '../template/properties.ts';

/** What becomes of an asynchronous invocation that fails. */
interface FailurePlan {
  readonly retries: number;
  /** Gets a record of the invocation. */
  readonly onFailure?: Queue;
  /** Gets the event. */
  readonly deadLetters?: Queue;
}

export interface AsyncInvocationOptions {
  readonly assembly: Assembly;
  readonly resolver: Resolver;
  readonly queues: Queues;
  readonly output: Output;
}

type Invoke = (functionId: string, event: unknown) => Promise<unknown>;

/** Lambda's own number of retries. */
const RETRIES = 2;

const KNOWN: KnownProperties = {
  executed: ['DestinationConfig', 'FunctionName', 'MaximumRetryAttempts', 'Qualifier'],
  // Nothing waits here long enough to become too old.
  leftOut: ['MaximumEventAgeInSeconds'],
};

/**
 * Invokes functions as Lambda does when nobody waits for the result: retried twice unless the template says otherwise,
 * at once and not after minutes, and then given up to the function's failure destination or dead-letter queue.
 *
 * @throws Error for a destination that is not a queue of the stack; what is returned throws none
 */
export function asyncInvoker(options: AsyncInvocationOptions) {
  const plans = describePlans(options);
  return (invoke: Invoke) => async (functionId: string, event: unknown) => {
    const plan = plans.get(functionId) ?? { retries: RETRIES };
    let failure: unknown;
    for (let attempt = 0; attempt <= plan.retries; attempt += 1) {
      try {
        await invoke(functionId, event);
        return;
      } catch (error) {
        failure = error;
      }
    }
    giveUp(functionId, event, plan, Object(failure), options.output);
  };
}

function giveUp(
  functionId: string,
  event: unknown,
  { retries, onFailure, deadLetters }: FailurePlan,
  { errorType, message }: { errorType?: unknown; message?: unknown },
  output: Output,
): void {
  const responsePayload = { errorType, errorMessage: message };
  onFailure?.send(JSON.stringify(failureRecord(functionId, event, retries, responsePayload)));
  const ErrorMessage = { DataType: 'String', StringValue: String(message) };
  deadLetters?.send(JSON.stringify(event), { attributes: { ErrorMessage } });
  if (!onFailure && !deadLetters)
    output(`${functionId}: an event is lost: every attempt failed with ${String(errorType)}`);
}

function describePlans(options: AsyncInvocationOptions): ReadonlyMap<string, FailurePlan> {
  const { assembly, resolver, queues } = options;
  const plans = new Map<string, FailurePlan>();
  for (const [id, { Properties }] of resourcesOf(assembly, 'AWS::Lambda::Function')) {
    const deadLetters = queueAt(id, Object(resolver.resolve(Properties.DeadLetterConfig)).TargetArn, queues);
    plans.set(id, { retries: RETRIES, ...(deadLetters && { deadLetters }) });
  }
  const functions = functionIds(assembly, resolver);
  for (const [id, { Properties }] of resourcesOf(assembly, 'AWS::Lambda::EventInvokeConfig')) {
    requireKnown(id, Properties, KNOWN);
    const { DestinationConfig, FunctionName, MaximumRetryAttempts, Qualifier } = Object(
      resolver.resolve(Properties),
    );
    const { OnSuccess, OnFailure } = Object(DestinationConfig);
    const functionId = functions.get(String(FunctionName));
    if (OnSuccess || Qualifier !== '$LATEST' || !functionId)
      throw new Error(`${id}: the local run supports only OnFailure, and only of a function's $LATEST.`);
    const onFailure = queueAt(id, Object(OnFailure).Destination, queues);
    const retries = wholeNumber(`${id}: MaximumRetryAttempts`, MaximumRetryAttempts, 0, 2) ?? RETRIES;
    plans.set(functionId, { ...plans.get(functionId), retries, ...(onFailure && { onFailure }) });
  }
  return plans;
}

function queueAt(owner: string, arn: unknown, queues: Queues): Queue | undefined {
  if (arn === undefined) return undefined;
  const queue = queues.byArn(String(arn));
  if (!queue)
    throw new Error(
      `${owner}: what failed can only go to a queue of this stack here, not to ${String(arn)}.`,
    );
  return queue;
}

/** As Lambda sends it to a destination. */
function failureRecord(
  functionId: string,
  requestPayload: unknown,
  retries: number,
  responsePayload: object,
): object {
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId: randomUUID(),
      functionArn: functionId,
      condition: 'RetriesExhausted',
      approximateInvokeCount: retries + 1,
    },
    requestPayload,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload,
  };
}
