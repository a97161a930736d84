import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';

/** Names, ids, codes and statuses may be logged; events, bodies, headers and errors as they are may not. */
export const logger = new Logger();
export const metrics = new Metrics();

/** An unexpected error without its text, which may quote what it choked on: its name and where it came from. */
export function withoutText(error: unknown): { name: string; frames: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const lines = (error.stack ?? '').split('\n').map((line) => line.trim());
  return { name: error.name, frames: lines.filter((line) => line.startsWith('at ')) };
}
