import type { RevocationRecords } from '../stores.ts';

/** Whether a call ended the session, recorded the outcome and could not write the header: nobody finds the record then. */
export async function isHalfRecorded(
  records: Pick<RevocationRecords, 'read'>,
  sessionId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { header, outcomes } = await records.read(sessionId, signal);
  return header === undefined && outcomes.length > 0;
}
