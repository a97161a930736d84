import { createHash, randomBytes } from 'node:crypto';

/** How often Lambda invokes a function within one chain of messages at most: docs/facts.md § Lambda. */
export const MAX_HOPS = 16;

/** `Lineage=a87bd80c:1|68fd508a:5`: for each function of the chain, how often it was invoked. */
const LINEAGE = /(?:^|;)Lineage=([^;]+)/;

/**
 * Counts the invocations of the function in the chain that led to a message or an invocation.
 *
 * @param trace - X-Ray's trace header, which functions pass from their invocation to the messages that they send
 */
export function hopsOf(trace: string | undefined, functionId: string): number {
  return countsOf(trace).get(markOf(functionId)) ?? 0;
}

/** Returns the trace header of an invocation of the function: it has one hop more than the trace that led to it. */
export function nextHop(trace: string | undefined, functionId: string): string {
  const counts = countsOf(trace).set(markOf(functionId), hopsOf(trace, functionId) + 1);
  const root = trace?.split(';').find((part) => part.startsWith('Root=')) ?? `Root=${newRoot()}`;
  return `${root};Lineage=${[...counts].map(([mark, count]) => `${mark}:${count}`).join('|')}`;
}

function countsOf(trace = ''): Map<string, number> {
  const [, lineage = ''] = LINEAGE.exec(trace) ?? [];
  const entries = lineage.split('|').map((each): [string, number] => {
    const [mark = '', count] = each.split(':');
    return [mark, Number(count)];
  });
  return new Map(entries.filter(([mark, count]) => mark !== '' && count > 0));
}

function markOf(functionId: string): string {
  return createHash('sha256').update(functionId).digest('hex').slice(0, 8);
}

function newRoot(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `1-${seconds}-${randomBytes(12).toString('hex')}`;
}
