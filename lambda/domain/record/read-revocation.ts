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
  const { header, outcomes, users } = await deps.records.read(revocationId, untilAnswer(deadline));
  if (!header) throw notFound();
  const { after } = page;
  const rest = after === undefined ? outcomes : outcomes.filter(({ sessionId }) => sessionId > after);
  const shown = rest.slice(0, page.limit);
  const last = shown.at(-1);
  return {
    ...describeRevocation({ header, outcomes, users }, deps.clock()),
    outcomes: shown.map(({ heldUntil: _, ...outcome }) => ({ ...outcome, at: outcome.at.toISOString() })),
    ...(last && shown.length < rest.length && { nextCursor: last.sessionId }),
  };
}

function notFound(): DomainError {
  return new DomainError(
    'revocation-not-found',
    'There is no revocation with this id, or its retention is over.',
  );
}
