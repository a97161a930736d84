import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DomainError } from '../domain/errors.ts';
import { functionName } from '../env.ts';
import type { MetricName } from '../metrics.ts';
import { isRehearsal } from '../rehearsal.ts';

class FunctionLogger extends Logger {
  /** The logger marks its first invocation as a cold start. A rehearsal must not count as that. */
  rehearsed(): void {
    this.coldStart = true;
  }
}

/** Names, ids, codes and statuses may be logged. Events, bodies, headers and whole errors may hold a token: they may not. */
export const logger = new FunctionLogger();
/** The function's name is a dimension, so that two stacks in one account do not count together. */
export const metrics = new Metrics({ defaultDimensions: { function: functionName } });

/** Zero is not published: it would cost as much as any other value. */
export function count(name: MetricName, times = 1): void {
  if (times !== 0) publish(name, MetricUnit.Count, times);
}

export function measureSeconds(name: MetricName, seconds: number): void {
  publish(name, MetricUnit.Seconds, Math.max(0, seconds));
}

/** Zero is published: 0 % is a result, and a missing value is none. */
export function measurePercent(name: MetricName, percent: number): void {
  publish(name, MetricUnit.Percent, percent);
}

function publish(name: MetricName, unit: (typeof MetricUnit)[keyof typeof MetricUnit], value: number): void {
  if (!isRehearsal()) metrics.addMetric(name, unit, value);
}

type NameAfter<Prefix extends string> = MetricName extends infer Name
  ? Name extends `${Prefix}:${infer Rest}`
    ? Rest
    : never
  : never;

/** Publishes each of the counts as a metric, named `prefix:name`. */
export function countEach<Prefix extends string>(
  prefix: Prefix,
  counts: { readonly [Name in NameAfter<Prefix>]?: number },
): void {
  // The cast is needed because Object.entries loses the type of the keys.
  for (const [name, times] of Object.entries(counts)) count(`${prefix}:${name}` as MetricName, Number(times));
}

/** The parts of an error that may be logged. An error that is not from our domain is a defect. */
export function loggable(error: unknown): Pick<DomainError, 'code' | 'cause'> | { defect: Defect } {
  if (error instanceof DomainError) return { code: error.code, cause: error.cause };
  return { defect: defectOf(error) };
}

interface Defect {
  name: string;
  frames: string[];
}

/** An unexpected error by its name and where it came from. Its text may quote a token, so it is left out. */
export function defectOf(error: unknown): Defect {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const lines = (error.stack ?? '').split('\n').map((line) => line.trim());
  return { name: error.name, frames: lines.filter((line) => line.startsWith('at ')) };
}
