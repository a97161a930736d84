import { type Deadline, untilAnswer } from '../deadline.ts';
import type { Clock, Directory } from '../ports.ts';
import type { RevocationHeader } from '../revocation.ts';
import type { RevocationRecords } from '../stores.ts';
import { type AboutUser, aboutUser, type LatestRevocations } from './about-user.ts';
import { describeRevocation, type Revocation } from './describe-revocation.ts';

export interface ListRevocationsDeps {
  clock: Clock;
  records: Pick<RevocationRecords, 'read' | 'byUser'>;
  /** Undefined if the stack does not know its identity store. */
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

/** How many of the latest revocations the answer about the user is based on. This is also the maximum of a page. */
const CONSIDERED = 25;

/**
 * A user's revocations, newest first. The newest ones may be missing, because the index is eventually consistent. The first page
 * also has one answer about the user, from the latest 25.
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

/** The latest revocations. The first page is enough if it is long enough, or has them all. */
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
  // If the limit is reached, DynamoDB returns a cursor even if there are no more.
  return { headers, olderMayExist: next !== undefined };
}

/** Describes one revocation of a list. Outcomes are read only if the header does not have the final counts. */
export async function describeListed(
  { clock, records }: { clock: Clock; records: Pick<RevocationRecords, 'read'> },
  header: RevocationHeader,
  signal: AbortSignal,
): Promise<Revocation> {
  // A complete header has the counts. Otherwise the outcomes must be counted. The outcome of a single session may still improve.
  const isFinal = header.completion && !('sessionId' in header.subject);
  const rest = isFinal ? { outcomes: [], users: [] } : await records.read(header.revocationId, signal);
  return describeRevocation({ ...rest, header }, clock());
}
