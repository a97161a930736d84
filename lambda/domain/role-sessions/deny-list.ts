import { isInForce } from '../denial.ts';
import { DomainError } from '../errors.ts';
import type { Clock, Reconciler } from '../ports.ts';
import type { DenyList } from '../stores.ts';

/** Where a stack denies role sessions: the list of what is to be denied, and the reconciler that has policies deny it. */
export interface Denying {
  list: Pick<DenyList, 'enter'>;
  reconciler: Reconciler;
}

/**
 * Has the role sessions of a revocation's user denied. Repeatable: an entry's end is only ever moved on, and what was
 * lifted stays lifted.
 *
 * @param from - when the last session was, or is being, ended: role sessions may have been issued until then
 * @param removed - the user may not sign in any more
 * @throws DomainError `store-unavailable`, `queue-unavailable`: repeat
 */
export async function deny(
  { list, reconciler }: Denying,
  revocation: { userId: string; revocationId: string; from: Date; removed: boolean },
  maxRoleSessionSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  const { userId, revocationId, from, removed } = revocation;
  const until = new Date(from.getTime() + maxRoleSessionSeconds * 1000);
  const entry = { userId, revocationId, until, ...(!removed && { issuedBefore: from }) };
  // Side by side: the reconciler begins some seconds after it is woken.
  await Promise.all([list.enter(entry, signal), reconciler.wake(signal)]);
}

export interface LiftDenialsDeps {
  clock: Clock;
  list: Pick<DenyList, 'entriesOf' | 'lift'>;
  reconciler: Reconciler;
}

/**
 * Takes a user off the deny list, before the time. The policies follow within seconds.
 *
 * @param what - `removals` where the user may sign in again: what is only denied to older role sessions stays denied
 * @param by - who asked for it, as the record will say
 * @returns how many revocations had them denied
 * @throws DomainError `not-denied`: there is nothing to lift. `store-unavailable`, `queue-unavailable`: repeat
 */
export async function liftDenials(
  { clock, list, reconciler }: LiftDenialsDeps,
  { userId, by, what }: { userId: string; by: string; what: 'all' | 'removals' },
  signal: AbortSignal,
): Promise<number> {
  const at = clock();
  const entries = await list.entriesOf(userId, signal);
  const toLift = entries
    .filter((entry) => isInForce(entry, at))
    .filter(({ issuedBefore }) => what === 'all' || issuedBefore === undefined);
  // A previous call may have crashed before it woke the reconciler.
  const underWay = entries.filter(({ lifted, settled }) => lifted && settled !== 'lifted');
  if (toLift.length === 0 && underWay.length === 0) {
    throw new DomainError(
      'not-denied',
      "No role session of this user is denied. The user's id may be wrong.",
    );
  }
  const lifting = toLift.map((entry) => list.lift(entry, { at, by }, signal));
  await Promise.all([...lifting, reconciler.wake(signal)]);
  return toLift.length || underWay.length;
}
