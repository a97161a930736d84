import type { AccessItem, ItemState, LeftReason } from '../access.ts';
import { type Deadline, untilAnswer } from '../deadline.ts';
import { DomainError } from '../errors.ts';
import { REVOCATION_ID } from '../ids.ts';
import type { Clock } from '../ports.ts';
import type { Outcome, SessionCounts, UserShare } from '../revocation.ts';
import type { RevocationRecords } from '../stores.ts';
import { describeRevocation, type Revocation } from './describe-revocation.ts';
import { type Status, statusOfShare } from './progress.ts';

export interface ReadRevocationDeps {
  clock: Clock;
  records: Pick<RevocationRecords, 'read'>;
}

export interface Page {
  /** The most outcomes, or users, on the page. */
  limit: number;
  /** The session id of the last outcome, or the id of the last user, on the previous page. */
  after?: string | undefined;
}

export interface RevocationPage extends Revocation {
  /** The grants that a removal took away, complete enough to restore them. Only on the first page. */
  accessItems?: AccessItemShown[];
  outcomes: OutcomeShown[];
  /** Only for a revocation of everyone: the users whom it covers, in the order of their ids. */
  users?: UserShown[];
  nextCursor?: string;
}

/**
 * Reads a revocation with one page of its outcomes. A revocation of everyone has one page of its users instead. The counts cover all
 * pages.
 *
 * @throws DomainError `revocation-not-found`, `store-unavailable`
 */
export async function readRevocation(
  deps: ReadRevocationDeps,
  revocationId: string,
  page: Page,
  deadline: Deadline,
): Promise<RevocationPage> {
  // No revocation has another id, so no lookup is needed.
  if (!REVOCATION_ID.test(revocationId)) throw notFound();
  const { header, outcomes, users, access } = await deps.records.read(revocationId, untilAnswer(deadline));
  if (!header) throw notFound();
  const listed = pageOf(outcomes, ({ sessionId }) => sessionId, page);
  const covered = 'everyone' in header.subject ? pageOf(users, ({ userId }) => userId, page) : undefined;
  const next = covered?.next ?? listed.next;
  return {
    ...describeRevocation({ header, outcomes, users }, deps.clock()),
    ...(header.access && page.after === undefined && { accessItems: access.map(showItem) }),
    outcomes: listed.shown.map(({ heldUntil: _, ...outcome }) => ({
      ...outcome,
      at: outcome.at.toISOString(),
    })),
    ...(covered && { users: covered.shown.map(showUser) }),
    ...(next !== undefined && { nextCursor: next }),
  };
}

function pageOf<T>(all: T[], idOf: (item: T) => string, { limit, after }: Page) {
  const sorted = all.toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
  const rest = after === undefined ? sorted : sorted.filter((item) => idOf(item) > after);
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  return { shown, next: last && shown.length < rest.length ? idOf(last) : undefined };
}

/** One session; `registeredWith` is the User-Agent of the call that registered it, unchecked. */
export interface OutcomeShown {
  sessionId: string;
  outcome: Outcome;
  at: string;
  attempts: number;
  registeredWith?: string;
  error?: string;
}

/** One user of a revocation of everyone, as its record says. The user's own revocation says more. */
export interface UserShown {
  userId: string;
  revocationId: string;
  status: Status;
  at: string;
  sessions: SessionCounts;
}

function showUser(share: UserShare): UserShown {
  const { userId, revocationId, at, sessions } = share;
  return { userId, revocationId, status: statusOfShare(share), at: at.toISOString(), sessions };
}

/** One grant; `state` and `why` as in `AccessItem`. */
export type AccessItemShown = (
  | { kind: 'assignment'; accountId: string; permissionSetArn: string }
  | { kind: 'membership'; groupId: string }
) & { state: ItemState; why?: LeftReason; at: string };

function showItem({ grant, state, why, at }: AccessItem): AccessItemShown {
  const what = grant.kind === 'assignment' ? grant : { kind: grant.kind, groupId: grant.groupId };
  return { ...what, state, ...(why && { why }), at: at.toISOString() };
}

export function notFound(): DomainError {
  return new DomainError(
    'revocation-not-found',
    'There is no revocation with this id, or its retention is over.',
  );
}
