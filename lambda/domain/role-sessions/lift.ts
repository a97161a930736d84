import { isInForce } from '../denial.ts';
import { DomainError } from '../errors.ts';
import type { Clock, Reconciler } from '../ports.ts';
import type { DenyList, TokenCache } from '../stores.ts';

export interface LiftDeps {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'lowerFence'>;
  /** Absent where the stack does not deny role sessions. */
  lifting: Lifting | undefined;
}

export interface Lifting {
  list: Pick<DenyList, 'entriesOf' | 'lift'>;
  reconciler: Reconciler;
}

export interface LiftRequest {
  userId: string;
  /** Who asked for it, as the record will say. */
  by: string;
  /** `removals` where the user may sign in again: what is only denied to older role sessions stays denied. */
  what: 'all' | 'removals';
}

/**
 * Takes the user's fence down, so that new sign-ins are held again, and takes the user off the deny list before the time.
 * The policies follow within seconds.
 *
 * @returns how many denials were lifted
 * @throws DomainError `not-denied`: no fence stands and nothing is denied. `store-unavailable`, `queue-unavailable`: repeat
 */
export async function lift(deps: LiftDeps, request: LiftRequest, signal: AbortSignal): Promise<number> {
  const at = deps.clock();
  const [wasFenced, lifted] = await Promise.all([
    deps.tokenCache.lowerFence(request.userId, at, signal),
    deps.lifting ? liftDenials(deps.lifting, request, at, signal) : 0,
  ]);
  if (wasFenced || lifted > 0) return lifted;
  throw new DomainError(
    'not-denied',
    "No role session of this user is denied, and no sign-in is refused. The user's id may be wrong.",
  );
}

async function liftDenials(
  { list, reconciler }: Lifting,
  { userId, by, what }: LiftRequest,
  at: Date,
  signal: AbortSignal,
): Promise<number> {
  const entries = await list.entriesOf(userId, signal);
  const toLift = entries
    .filter((entry) => isInForce(entry, at))
    .filter(({ issuedBefore }) => what === 'all' || issuedBefore === undefined);
  // A previous call may have crashed before it woke the reconciler.
  const underWay = entries.filter(({ lifted, settled }) => lifted && settled !== 'lifted');
  if (toLift.length === 0 && underWay.length === 0) return 0;
  const lifting = toLift.map((entry) => list.lift(entry, { at, by }, signal));
  await Promise.all([...lifting, reconciler.wake(signal)]);
  return toLift.length || underWay.length;
}
