import { type Deadline, untilAnswer } from '../deadline.ts';
import type { Clock } from '../ports.ts';
import type { Period, RevocationRecords } from '../stores.ts';
import { describeRevocation, type Revocation } from './describe-revocation.ts';

export interface ListByTimeDeps {
  clock: Clock;
  records: Pick<RevocationRecords, 'read' | 'byTime'>;
}

/**
 * The revocations of all subjects that were requested in a period, newest first. The newest may be missing: the index is
 * eventually consistent.
 *
 * @throws DomainError `cursor-invalid`, `store-unavailable`
 */
export async function listByTime(
  { clock, records }: ListByTimeDeps,
  period: Period,
  page: { limit: number; cursor?: string | undefined },
  deadline: Deadline,
): Promise<{ revocations: Revocation[]; nextCursor?: string }> {
  const signal = untilAnswer(deadline);
  const { revocationIds, next } = await records.byTime(period, page, signal);
  const recorded = await Promise.all(revocationIds.map((id) => records.read(id, signal)));
  const revocations = recorded.flatMap(({ header, ...rest }) =>
    // TTL may have removed it while the index still had it.
    header ? [describeRevocation({ ...rest, header }, clock())] : [],
  );
  return { revocations, ...(next !== undefined && { nextCursor: next }) };
}
