import type { Received } from '../emulators/sqs/message.ts';
import type { Queue } from '../emulators/sqs/queue.ts';
import type { Queues } from '../emulators/sqs/queues.ts';
import { hopsOf, MAX_HOPS } from '../ground/lineage.ts';
import type { Output } from '../ground/output.ts';
import type { Assembly, Resource } from '../template/assembly.ts';
import { functionIds } from '../template/function-names.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { type KnownProperties, requireKnown, resourcesOf, wholeNumber } from '../template/properties.ts';
import { batchEvent, failedItems } from './sqs-batches.ts';

/** A queue that feeds a function. */
export interface EventSource {
  readonly queue: Queue;
  readonly functionId: string;
  readonly batchSize: number;
  /** Pollers, each with one invocation at a time. */
  readonly concurrency: number;
  readonly reportsFailedItems: boolean;
  /** Whether Lambda lets the function continue after too many invocations in one chain of messages. */
  readonly allowsLoops: boolean;
}

const KNOWN: KnownProperties = {
  executed: [
    'BatchSize',
    'Enabled',
    'EventSourceArn',
    'FunctionName',
    'FunctionResponseTypes',
    'ScalingConfig',
  ],
  leftOut: ['KmsKeyArn', 'MetricsConfig', 'Tags'],
};

/** The number of concurrent batches that Lambda begins with. Lambda would scale up; the local run does not. */
const DEFAULT_CONCURRENCY = 5;

/**
 * Reads the template's enabled event source mappings.
 *
 * @throws Error for a source that is no queue of the stack, and for a visibility timeout below the function's timeout. Also for
 * a batch of more than 10 messages, which needs a batching window.
 */
export function describeEventSources(assembly: Assembly, resolver: Resolver, queues: Queues): EventSource[] {
  const functions = functionIds(assembly, resolver);
  return resourcesOf(assembly, 'AWS::Lambda::EventSourceMapping').flatMap(([id, { Properties }]) => {
    requireKnown(id, Properties, KNOWN);
    const properties = Object(resolver.resolve(Properties));
    const queue = queues.byArn(String(properties.EventSourceArn));
    const functionId = functions.get(String(properties.FunctionName));
    if (!queue) throw new Error(`${id}: ${properties.EventSourceArn} is not a queue of this stack.`);
    if (!functionId) throw new Error(`${id}: ${properties.FunctionName} is not a function of this stack.`);
    requireTime(id, queue, assembly.resources.get(functionId));
    const { RecursiveLoop } = assembly.resources.get(functionId)?.Properties ?? {};
    const source = { queue, functionId, allowsLoops: RecursiveLoop === 'Allow' };
    return properties.Enabled === false ? [] : [{ ...source, ...settingsOf(id, properties) }];
  });
}

function settingsOf(
  id: string,
  properties: Record<string, unknown>,
): Omit<EventSource, 'queue' | 'functionId' | 'allowsLoops'> {
  const { BatchSize, ScalingConfig, FunctionResponseTypes } = properties;
  const batchSize = wholeNumber(`${id}: BatchSize`, BatchSize, 1, 10) ?? 10;
  const { MaximumConcurrency } = Object(ScalingConfig);
  const concurrency =
    wholeNumber(`${id}: MaximumConcurrency`, MaximumConcurrency, 2, 1000) ?? DEFAULT_CONCURRENCY;
  const types: unknown[] = Array.isArray(FunctionResponseTypes) ? FunctionResponseTypes : [];
  return {
    batchSize,
    concurrency,
    reportsFailedItems: types.includes('ReportBatchItemFailures'),
  };
}

function requireTime(id: string, { settings }: Queue, fn: Resource | undefined): void {
  const timeout = Number(fn?.Properties.Timeout ?? 3);
  if (settings.visibilityTimeoutSeconds >= timeout) return;
  throw new Error(
    `${id}: the visibility timeout of ${settings.name}, ${settings.visibilityTimeoutSeconds} s, is below the function's timeout, ${timeout} s.`,
  );
}

export interface PollingOptions {
  readonly region: string;
  readonly invoke: (functionId: string, event: unknown, trace?: string) => Promise<unknown>;
  readonly output: Output;
}

/** Starts the pollers. `close` stops them at once: the messages of unfinished batches stay in the queue. */
export function startPolling(sources: readonly EventSource[], options: PollingOptions): { close(): void } {
  const closing = new AbortController();
  for (const source of sources) {
    for (let poller = 0; poller < source.concurrency; poller += 1) poll(source, options, closing.signal);
  }
  return { close: () => closing.abort() };
}

async function poll(source: EventSource, options: PollingOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const batch = await collect(source, signal);
    if (batch.length === 0 || signal.aborted) continue;
    const failed = await process(batch, source, options);
    if (signal.aborted) return;
    for (const { messageId, receiptHandle } of batch) {
      if (!failed.has(messageId)) source.queue.delete(receiptHandle);
    }
  }
}

/** Waits for a message. Then takes the messages that are visible, up to a batch. */
async function collect({ queue, batchSize }: EventSource, signal: AbortSignal): Promise<Received[]> {
  let batch = queue.receive(batchSize);
  while (batch.length === 0 && !signal.aborted) {
    await queue.wait(Number.POSITIVE_INFINITY, signal);
    if (!signal.aborted) batch = queue.receive(batchSize);
  }
  return batch;
}

/** @returns the ids of the messages that stay in the queue */
async function process(
  batch: Received[],
  source: EventSource,
  options: PollingOptions,
): Promise<ReadonlySet<string>> {
  const hops = ({ trace }: Received) => hopsOf(trace, source.functionId);
  const refused = source.allowsLoops ? [] : batch.filter((message) => hops(message) >= MAX_HOPS);
  for (const { messageId } of refused) {
    options.output(`${source.functionId}: stopped in a loop: RecursiveInvocationException for ${messageId}`);
  }
  const taken = batch.filter((message) => !refused.includes(message));
  const failed = taken.length === 0 ? [] : await invoke(taken, source, options);
  return new Set([...idsOf(refused), ...failed]);
}

/** @returns the ids of the messages that failed */
async function invoke(
  batch: Received[],
  source: EventSource,
  options: PollingOptions,
): Promise<Iterable<string>> {
  const ids = idsOf(batch);
  try {
    const event = batchEvent(batch, source.queue.settings.arn, options.region);
    // AWS does not document how it counts a batch of several chains. The longest chain reaches the limit soonest.
    const [longest] = batch.toSorted(
      (a, b) => hopsOf(b.trace, source.functionId) - hopsOf(a.trace, source.functionId),
    );
    const response = await options.invoke(source.functionId, event, longest?.trace);
    return source.reportsFailedItems ? failedItems(response, ids) : [];
  } catch {
    // The function's own log has the error.
    return ids;
  }
}

function idsOf(batch: readonly Received[]): string[] {
  return batch.map(({ messageId }) => messageId);
}
