import type { RevocationOver } from '../domain/watch.ts';
import { count, measureSeconds } from './telemetry.ts';

/** Counts an ended revocation by source and status. If it is `COMPLETED`, this also measures its duration. */
export function countOver(
  { source, status }: Pick<RevocationOver, 'source' | 'status'>,
  seconds: number,
): void {
  count(`Revocation:${source}:${status}`);
  if (status === 'COMPLETED') measureSeconds(`SecondsToEnd:${source}`, seconds);
}
