import type { Received } from '../emulators/sqs/message.ts';
import type { Queue } from '../emulators/sqs/queue.ts';
import type { Queues } from '../emulators/sqs/queues.ts';
import type { Clock } from '../ground/clock.ts';
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
  /** How long a batch may wait for more messages. */
  readonly windowSeconds: number;
  /** Pollers, each with one invocation at a time. */
  readonly concurrency: number;
  readonly reportsFailedItems: boolean;
}

const KNOWN: KnownProperties = {
  executed: [
    'BatchSize',
    'Enabled',
    'EventSourceArn',
    'FunctionName',
    'FunctionResponseTypes',
    'MaximumBatchingWindowInSeconds',
    'ScalingConfig',
  ],
  leftOut: ['KmsKeyArn', 'MetricsConfig', 'Tags'],
};

/** How many batches Lambda takes at the same time to begin with; it would scale up, which is not done here. */
const DEFAULT_CONCURRENCY = 5;

/**
 * The template's event source mappings that are switched on.
 *
 * @throws Error for what Lambda would refuse: a source that is no queue of the stack, a batch above 10 without a window, a
 * window with a FIFO queue, a visibility timeout below the function's timeout
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
    const settings = settingsOf(id, properties);
    if (queue.settings.fifo && settings.windowSeconds > 0)
      throw new Error(`${id}: a FIFO queue takes no MaximumBatchingWindowInSeconds.`);
    return properties.Enabled === false ? [] : [{ queue, functionId, ...settings }];
  });
}

function settingsOf(
  id: string,
  properties: Record<string, unknown>,
): Omit<EventSource, 'queue' | 'functionId'> {
  const { BatchSize, MaximumBatchingWindowInSeconds, ScalingConfig, FunctionResponseTypes } = properties;
  const batchSize = wholeNumber(`${id}: BatchSize`, BatchSize, 1, 10_000) ?? 10;
  const windowSeconds =
    wholeNumber(`${id}: MaximumBatchingWindowInSeconds`, MaximumBatchingWindowInSeconds, 0, 300) ?? 0;
  if (batchSize > 10 && windowSeconds < 1)
    throw new Error(`${id}: a BatchSize above 10 needs a MaximumBatchingWindowInSeconds.`);
  const { MaximumConcurrency } = Object(ScalingConfig);
  const concurrency =
    wholeNumber(`${id}: MaximumConcurrency`, MaximumConcurrency, 2, 1000) ?? DEFAULT_CONCURRENCY;
  const types: unknown[] = Array.isArray(FunctionResponseTypes) ? FunctionResponseTypes : [];
  return {
    batchSize,
    windowSeconds,
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
  readonly clock: Clock;
  readonly region: string;
  readonly invoke: (functionId: string, event: unknown) => Promise<unknown>;
}

/** Starts the pollers. They stop at once when told to; what they have in hand then stays in the queue. */
export function startPolling(sources: readonly EventSource[], options: PollingOptions): { close(): void } {
  const closing = new AbortController();
  for (const source of sources) {
    for (let poller = 0; poller < source.concurrency; poller += 1) poll(source, options, closing.signal);
  }
  return { close: () => closing.abort() };
}

async function poll(source: EventSource, options: PollingOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const batch = await collect(source, options.clock, signal);
    if (batch.length === 0 || signal.aborted) continue;
    const failed = await process(batch, source, options);
    if (signal.aborted) return;
    for (const { messageId, receiptHandle } of batch) {
      if (!failed.has(messageId)) source.queue.delete(receiptHandle);
    }
  }
}

/** Waits for a first message, and then for more until the batch is full or the window over. */
async function collect(
  { queue, batchSize, windowSeconds }: EventSource,
  clock: Clock,
  signal: AbortSignal,
): Promise<Received[]> {
  const batch = queue.receive(batchSize);
  while (batch.length === 0 && !signal.aborted) {
    await queue.wait(Number.POSITIVE_INFINITY, signal);
    if (!signal.aborted) batch.push(...queue.receive(batchSize));
  }
  const until = clock() + windowSeconds * 1000;
  while (batch.length < batchSize && clock() < until && !signal.aborted) {
    await queue.wait(until, signal);
    if (!signal.aborted) batch.push(...queue.receive(batchSize - batch.length));
  }
  return batch;
}

/** @returns the ids of the messages that stay in the queue */
async function process(
  batch: Received[],
  source: EventSource,
  options: PollingOptions,
): Promise<ReadonlySet<string>> {
  const ids = batch.map(({ messageId }) => messageId);
  try {
    const event = batchEvent(batch, source.queue.settings.arn, options.region);
    const response = await options.invoke(source.functionId, event);
    return source.reportsFailedItems ? failedItems(response, ids) : new Set();
  } catch {
    // The function's own log has said why.
    return new Set(ids);
  }
}
