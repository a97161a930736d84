import { FENCE_PREFIX } from '../../../lambda/aws/token-cache/rows.ts';
import type { GatedStack } from './gated-stack.ts';

/** The row of a fence that lasts some more minutes. */
export function fenceOf(userId: string, millis = 300_000): object {
  const until = Math.ceil((Date.now() + millis) / 1000);
  const key = FENCE_PREFIX + userId;
  return { userId: key, sessionId: key, until, expiresAt: until };
}

/**
 * Adds more rows than a page of a scan has, so that the scan takes several pages: expired fences of users without
 * sessions.
 */
export async function fillPages({ tables }: GatedStack): Promise<void> {
  const loweredAt = new Date().toISOString();
  const rows = Array.from({ length: 150 }, (_, n) => ({ ...fenceOf(`stranger-${n}`), loweredAt }));
  await tables.hold(rows);
}
