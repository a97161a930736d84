import { type Deadline, untilAnswer } from '../deadline.ts';
import type { Clock } from '../ports.ts';
import type { Period, RevocationRecords } from '../stores.ts';
import type { Revocation } from './describe-revocation.ts';
import { describeListed } from './list-revocations.ts';

export interface ListByTimeDeps {
  clock: Clock;
  records: Pick<RevocationRecords, 'read' | 'byTime'>;
}

/**
 * The revocations of all users that were requested in a period, newest first. The newest ones may be missing, because the index
 * is eventually consistent.
 *
 * @throws DomainError `cursor-invalid`, `store-unavailable`
 */
export async function listByTime(
  deps: ListByTimeDeps,
  period: Period,
  page: { limit: number; cursor?: string | undefined },
  deadline: Deadline,
): Promise<{ revocations: Revocation[]; nextCursor?: string }> {
  const signal = untilAnswer(deadline);
  const { headers, next } = await deps.records.byTime(period, page, signal);
  const revocations = await Promise.all(headers.map((header) => describeListed(deps, header, signal)));
  return { revocations, ...(next !== undefined && { nextCursor: next }) };
}
