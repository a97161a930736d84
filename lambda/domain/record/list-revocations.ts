import { type Deadline, untilAnswer } from '../deadline.ts';
import type { Clock, Directory } from '../ports.ts';
import type { RevocationHeader } from '../revocation.ts';
import type { RevocationRecords } from '../stores.ts';
import { type AboutUser, aboutUser, type LatestRevocations } from './about-user.ts';
import { describeRevocation, type Revocation } from './describe-revocation.ts';

export interface ListRevocationsDeps {
  clock: Clock;
  records: Pick<RevocationRecords, 'read' | 'byUser'>;
  /** Absent where the stack does not know its identity store. */
  directory: Pick<Directory, 'statusOf'> | undefined;
}

export interface RevocationList {
  /** On the first page only. */
  user?: AboutUser;
  revocations: Revocation[];
  nextCursor?: string;
}

interface Page {
  limit: number;
  cursor?: string | undefined;
}

type Listed = Awaited<ReturnType<RevocationRecords['byUser']>>;

/** Revocations that the answer over all of them rests on: as many as a page may have. */
const CONSIDERED = 25;

/**
 * A user's revocations, newest first. The newest may be missing: the index is eventually consistent. The first page begins
 * with one answer over the latest 25.
 *
 * @throws DomainError `cursor-invalid`, `store-unavailable`
 */
export async function listRevocations(
  deps: ListRevocationsDeps,
  userId: string,
  page: Page,
  deadline: Deadline,
): Promise<RevocationList> {
  const signal = untilAnswer(deadline);
  const listed = await deps.records.byUser(userId, page, signal);
  const describe = (header: RevocationHeader) => describeListed(deps, header, signal);
  const { directory } = deps;
  const [user, revocations] = await Promise.all([
    page.cursor === undefined
      ? latestOf(deps, userId, page, listed, signal).then((latest) =>
          aboutUser({ directory, describe }, userId, latest, signal),
        )
      : undefined,
    Promise.all(listed.headers.map(describe)),
  ]);
  return {
    ...(user && { user }),
    revocations,
    ...(listed.next !== undefined && { nextCursor: listed.next }),
  };
}

/** Of a first page: what was listed will do if the page is as long. */
async function latestOf(
  { records }: ListRevocationsDeps,
  userId: string,
  { limit }: Page,
  listed: Listed,
  signal: AbortSignal,
): Promise<LatestRevocations> {
  const { headers, next } =
    limit >= CONSIDERED || listed.next === undefined
      ? listed
      : await records.byUser(userId, { limit: CONSIDERED }, signal);
  // DynamoDB says that there may be more as soon as the limit is reached.
  return { headers, olderMayExist: next !== undefined };
}

/** One of a list. Outcomes are read only if the header does not have the counts. */
export async function describeListed(
  { clock, records }: { clock: Clock; records: Pick<RevocationRecords, 'read'> },
  header: RevocationHeader,
  signal: AbortSignal,
): Promise<Revocation> {
  // What is complete says so itself; the outcomes of the others have to be counted. That of a session may still become better.
  const isFinal = header.completion && !('sessionId' in header.subject);
  const rest = isFinal ? { outcomes: [], users: [] } : await records.read(header.revocationId, signal);
  return describeRevocation({ ...rest, header }, clock());
}
