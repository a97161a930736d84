import type { RevocationRecords } from '../stores.ts';

/** Whether the session has an outcome but no header, because a call failed between the two. Without a header, nobody finds it. */
export async function isHalfRecorded(
  records: Pick<RevocationRecords, 'read'>,
  sessionId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { header, outcomes } = await records.read(sessionId, signal);
  return header === undefined && outcomes.length > 0;
}
