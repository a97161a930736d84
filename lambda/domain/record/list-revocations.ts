import { type Deadline, untilAnswer } from '../deadline.ts';
import type { Clock } from '../ports.ts';
import type { RevocationHeader } from '../revocation.ts';
import type { RevocationRecords } from '../stores.ts';
import { describeRevocation, type Revocation } from './describe-revocation.ts';

export interface ListRevocationsDeps {
  clock: Clock;
  records: Pick<RevocationRecords, 'read' | 'byUser'>;
}

export interface RevocationList {
  revocations: Revocation[];
  nextCursor?: string;
}

/**
 * A user's revocations, newest first; one begun within the last moments may be missing.
 *
 * @throws DomainError `cursor-invalid`, `store-unavailable`
 */
export async function listRevocations(
  deps: ListRevocationsDeps,
  userId: string,
  page: { limit: number; cursor?: string | undefined },
  deadline: Deadline,
): Promise<RevocationList> {
  const signal = untilAnswer(deadline);
  const { headers, next } = await deps.records.byUser(userId, page, signal);
  const describe = async (header: RevocationHeader) => {
    // What is complete says so itself; the outcomes of the others have to be counted. That of a session may still become better.
    const isFinal = header.completion && !('sessionId' in header.subject);
    const rest = isFinal ? { outcomes: [], users: [] } : await deps.records.read(header.revocationId, signal);
    return describeRevocation({ ...rest, header }, deps.clock());
  };
  return {
    revocations: await Promise.all(headers.map(describe)),
    ...(next !== undefined && { nextCursor: next }),
  };
}
