import { DomainError } from '../errors.ts';
import type { Clock, Reconciler } from '../ports.ts';
import type { DenyList, DenyListLifting } from '../stores.ts';

/** What one revocation asks for: that its user's role sessions be denied until the longest of them is over. */
export interface Denial {
  userId: string;
  revocationId: string;
  /** Only role sessions issued before, so that a newer sign-in works; all of them where absent: the user was removed. */
  issuedBefore?: Date;
  until: Date;
}

/** What the record of the revocation says of an entry as it stands. */
export type Settled = 'denied' | 'no-room' | 'lifted';

/** What the reconciler notes of an entry. */
export interface Noted {
  /** Since when a policy has denied it. */
  deniedAt?: Date;
  /** When the policy let go of it before its end. */
  letGoAt?: Date;
  /** Absent while the record is behind: the entry is new, or was changed. */
  settled?: Settled;
}

/** A denial on the deny list. */
export interface DenyEntry extends Denial, Noted {
  lifted?: { at: Date; by: string };
}

/** Where a stack denies role sessions: the list of what is to be denied, and who makes it so. */
export interface Denying {
  list: DenyList;
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
  list: DenyListLifting;
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
  // Lifted by a call that did not come to wake the reconciler, it may be.
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

export function isInForce({ until, lifted }: DenyEntry, now: Date): boolean {
  return until > now && lifted === undefined;
}
