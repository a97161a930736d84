import type { RunningStack } from '../../test/support/running-stack.ts';
import type { MeteredDynamoDb } from './metered-dynamo-db.ts';

/** What AWS would bill, except for the time of functions. */
export interface Usage {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly kmsRequests: number;
  readonly sqsRequests: number;
  readonly ownEvents: number;
  readonly apiRequests: number;
  readonly logBytes: number;
  /** How often each function ran, by the name of its handler. */
  readonly invocations: Readonly<Record<string, number>>;
}

/** The estimated size of a line in API Gateway's access log. Each request writes one. */
const ACCESS_LOG_BYTES = 500;

/** The functions that API Gateway and schedules invoke. Queues invoke all others. */
const WITHOUT_QUEUE = /^(revoke|register|read|list|lift|restore|sweep|unknown)/;

/**
 * Counts the usage of the stack until nothing is left to do.
 *
 * @param act - Resolves when everything is done.
 */
export async function usageOf(
  running: RunningStack,
  meter: MeteredDynamoDb,
  act: () => Promise<void>,
): Promise<Usage> {
  const { requests } = running.stack.emulator;
  const [before, units] = [requests.length, meter.units()];
  running.seen.splice(0);
  await act();
  const after = meter.units();
  const lines = running.seen.splice(0).flatMap(functionLine);
  const made = requests.slice(before).map(({ operation }) => operation);
  const count = (pattern: RegExp) => made.filter((operation) => pattern.test(operation)).length;
  const invocations = invocationsIn(lines);
  const ownEvents = count(/^events:PutEvents$/);
  const fed = sum(Object.entries(invocations).map(([name, n]) => (WITHOUT_QUEUE.test(name) ? 0 : n)));
  const apiRequests = sum(
    Object.entries(invocations).map(([name, n]) => (WITHOUT_QUEUE.test(name) && name !== 'sweep' ? n : 0)),
  );
  return {
    writeUnits: after.writes - units.writes,
    readUnits: after.reads - units.reads,
    kmsRequests: count(/^kms:/),
    // EventBridge sends each event to a queue. For each batch, Lambda makes a receive and a delete request.
    sqsRequests: count(/^sqs:/) + ownEvents + 2 * fed,
    ownEvents,
    apiRequests,
    logBytes: sum(lines.map(({ bytes }) => bytes)) + apiRequests * ACCESS_LOG_BYTES,
    invocations,
  };
}

interface FunctionLine {
  readonly bytes: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Parses a line of a function, which is JSON with the name of the handler. */
function functionLine(line: string): FunctionLine[] {
  try {
    const json = Object(JSON.parse(line));
    return typeof json.service === 'string' ? [{ bytes: Buffer.byteLength(line), json }] : [];
  } catch {
    return [];
  }
}

/** Counts invocations by their request ids, because each invocation writes lines with its own. */
function invocationsIn(lines: readonly FunctionLine[]): Record<string, number> {
  const ids = new Map<unknown, string>();
  for (const { json } of lines)
    if (json.function_request_id !== undefined) ids.set(json.function_request_id, String(json.service));
  const counts: Record<string, number> = {};
  for (const service of ids.values()) counts[service] = (counts[service] ?? 0) + 1;
  return counts;
}

/** Returns the custom metrics that functions wrote, each by its function and name. */
export function metricsIn(lines: readonly string[]): Set<string> {
  const names = lines.flatMap(functionLine).flatMap(({ json }) => {
    const directives: unknown[] = Object(json._aws).CloudWatchMetrics ?? [];
    const metrics = directives.flatMap((directive): unknown[] => Object(directive).Metrics);
    return metrics.map((metric) => `${json.service} ${Object(metric).Name}`);
  });
  return new Set(names);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
