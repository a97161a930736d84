import type { RevocationOver } from '../domain/watch.ts';
import { count, measureSeconds } from './telemetry.ts';

/** Counts a revocation that is over, by source and status, and how long it took. What failed has no last Logout. */
export function countOver(
  { source, status }: Pick<RevocationOver, 'source' | 'status'>,
  seconds: number,
): void {
  count(`Revocation:${source}:${status}`);
  if (status === 'COMPLETED') measureSeconds(`SecondsToEnd:${source}`, seconds);
}
