import type { AccessItem, ItemState, LeftReason } from '../access.ts';
import { type Deadline, untilAnswer } from '../deadline.ts';
import { DomainError } from '../errors.ts';
import { REVOCATION_ID } from '../ids.ts';
import type { Clock } from '../ports.ts';
import type { Outcome } from '../revocation.ts';
import type { RevocationRecords } from '../stores.ts';
import { describeRevocation, type Revocation } from './describe-revocation.ts';

export interface ReadRevocationDeps {
  clock: Clock;
  records: Pick<RevocationRecords, 'read'>;
}

export interface Page {
  /** Outcomes to answer at the most. */
  limit: number;
  /** Session id of the last outcome on the page before. */
  after?: string | undefined;
}

export interface RevocationPage extends Revocation {
  /** What a removal took away, with all that is needed to give it back. Only on the first page. */
  accessItems?: AccessItemShown[];
  outcomes: { sessionId: string; outcome: Outcome; at: string; attempts: number; error?: string }[];
  nextCursor?: string;
}

/**
 * A revocation with one page of its outcomes. The counts are those of all outcomes, whatever the page.
 *
 * @throws DomainError `revocation-not-found`, `store-unavailable`
 */
export async function readRevocation(
  deps: ReadRevocationDeps,
  revocationId: string,
  page: Page,
  deadline: Deadline,
): Promise<RevocationPage> {
  // Nothing else needs looking up.
  if (!REVOCATION_ID.test(revocationId)) throw notFound();
  const { header, outcomes, users, access } = await deps.records.read(revocationId, untilAnswer(deadline));
  if (!header) throw notFound();
  const { after } = page;
  const rest = after === undefined ? outcomes : outcomes.filter(({ sessionId }) => sessionId > after);
  const shown = rest.slice(0, page.limit);
  const last = shown.at(-1);
  return {
    ...describeRevocation({ header, outcomes, users }, deps.clock()),
    ...(header.access && after === undefined && { accessItems: access.map(showItem) }),
    outcomes: shown.map(({ heldUntil: _, ...outcome }) => ({ ...outcome, at: outcome.at.toISOString() })),
    ...(last && shown.length < rest.length && { nextCursor: last.sessionId }),
  };
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
