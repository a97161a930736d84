import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { functionName } from '../env.ts';

/** Names, ids, codes and statuses may be logged; events, bodies, headers and errors as they are may not. */
export const logger = new Logger();
/** By function, so that two stacks in one account do not count together. */
export const metrics = new Metrics({ defaultDimensions: { function: functionName } });

/** An unexpected error without its text, which may quote what it choked on: its name and where it came from. */
export function withoutText(error: unknown): { name: string; frames: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const lines = (error.stack ?? '').split('\n').map((line) => line.trim());
  return { name: error.name, frames: lines.filter((line) => line.startsWith('at ')) };
}
