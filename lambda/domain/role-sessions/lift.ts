import { isStandingWord, WORD_STANDS } from '../cause.ts';
import { type DenyEntry, EVERYONE, isInForce, isRemovalEntry } from '../denial.ts';
import { asDomainError, DomainError } from '../errors.ts';
import type { Clock, Reconciler } from '../ports.ts';
import type { DenyList, Fence, TokenCache } from '../stores.ts';

export interface LiftDeps {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'fence' | 'lowerFence'>;
  /** Absent where the stack does not deny role sessions. */
  lifting: Lifting | undefined;
}

export interface Lifting {
  list: Pick<DenyList, 'entriesOf' | 'lift'>;
  reconciler: Reconciler;
}

export interface LiftRequest {
  userId: string;
  /** Who asked for it, and why: both are recorded. */
  by: string;
  reason?: string | undefined;
  what: Lifted;
}

/**
 * What to lift:
 *
 * - `all`: everything that is denied or refused
 * - `removals`: removals that were requested by `askedUntil`, when the user was enabled
 * - `contradicted`: removals that were requested by `askedUntil`. After that, the directory said that the user may sign in.
 *   A removal that the company itself reported within the last hour stays
 *
 * Except for `all`, a denial of only older role sessions stays.
 */
export type Lifted = { kind: 'all' } | { kind: 'removals' | 'contradicted'; askedUntil: Date };

/**
 * Lowers the user's fence, so that new sign-ins can be registered again, and ends the user's denials early. The policies follow
 * within seconds.
 *
 * @returns how many denials were lifted
 * @throws DomainError `not-denied`: no fence stands and nothing is denied. `store-unavailable`, `queue-unavailable`: repeat
 */
export async function lift(deps: LiftDeps, request: LiftRequest, signal: AbortSignal): Promise<number> {
  const at = deps.clock();
  const lifted = deps.lifting ? await liftDenials(deps.lifting, request, at, signal) : 0;
  const wasFenced = await lowerFence(deps, request, { at, isLifted: lifted > 0 }, signal);
  if (wasFenced || lifted > 0) return lifted;
  throw new DomainError(
    'not-denied',
    "No role session of this user is denied, and no sign-in is refused. The user's id may be wrong.",
  );
}

/**
 * Ends the denials of everyone early. Denials by revocations of single users stay.
 *
 * @returns how many revocations of everyone were lifted
 * @throws DomainError `not-denied`: no revocation of everyone denies anybody. `store-unavailable`, `queue-unavailable`: repeat
 */
export async function liftEveryone(
  { clock, lifting }: { clock: Clock; lifting: Lifting },
  asked: Pick<LiftRequest, 'by' | 'reason'>,
  signal: AbortSignal,
): Promise<number> {
  const request = { userId: EVERYONE, ...asked, what: { kind: 'all' } } as const;
  const lifted = await liftDenials(lifting, request, clock(), signal);
  if (lifted > 0) return lifted;
  throw new DomainError('not-denied', 'No revocation of everyone denies role sessions.');
}

export interface UserLifted {
  denialsLifted: number;
  /** Until when a revocation of everyone still denies older role sessions of the user; absent if none does. */
  deniedAsEveryoneUntil?: Date;
}

/**
 * Lifts the denials and the fence of one user, because somebody asked for it. Denials of everyone stay.
 *
 * @throws DomainError as `lift` does
 */
export async function liftUser(
  deps: LiftDeps & { lifting: Lifting },
  { userId, ...asked }: Pick<LiftRequest, 'userId' | 'by' | 'reason'>,
  signal: AbortSignal,
): Promise<UserLifted> {
  const [lifted, until] = await Promise.all([
    lift(deps, { userId, ...asked, what: { kind: 'all' } }, signal).catch(asDomainError),
    deniedAsEveryoneUntil(deps, userId, signal),
  ]);
  if (!(lifted instanceof DomainError)) {
    return { denialsLifted: lifted, ...(until && { deniedAsEveryoneUntil: until }) };
  }
  if (lifted.code !== 'not-denied' || !until) throw lifted;
  throw new DomainError(
    'not-denied',
    `This user is denied only by a revocation of everyone, until ${until.toISOString()}. Lift that of everyone to end it.`,
  );
}

async function deniedAsEveryoneUntil(
  { clock, lifting }: { clock: Clock; lifting: Pick<Lifting, 'list'> },
  userId: string,
  signal: AbortSignal,
): Promise<Date | undefined> {
  const now = clock();
  const entries = await lifting.list.entriesOf(EVERYONE, signal);
  const untils = entries
    .filter((entry) => isInForce(entry, now) && !entry.except?.includes(userId))
    .map(({ until }) => until.getTime());
  return untils.length > 0 ? new Date(Math.max(...untils)) : undefined;
}

async function lowerFence(
  { tokenCache }: LiftDeps,
  { userId, what }: LiftRequest,
  { at, isLifted }: { at: Date; isLifted: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  if (what.kind === 'contradicted') {
    // Without a fence to lower, no row is written: this runs for every user who was changed.
    const fence = await tokenCache.fence(userId, signal);
    if (!fence || !isContradictedFence(fence, at)) return false;
  }
  // That a user was enabled is noted even if there is no fence, because an older removal may still arrive. Any other request is
  // noted only if it lifted something.
  const lowered =
    what.kind === 'removals' ? { at: what.askedUntil, isNoted: true } : { at, isNoted: isLifted };
  return tokenCache.lowerFence(userId, lowered, signal);
}

/**
 * Whether the fence is lowered if the directory says that the user may sign in. A fence that ends within the hour stays: it is
 * of a removal that the company itself reported, or it catches registrations in flight.
 */
export function isContradictedFence({ until }: Fence, now: Date): boolean {
  return until.getTime() - now.getTime() > WORD_STANDS;
}

/** Whether the entry is lifted if the directory says that the user may sign in. */
export function isContradicted(entry: DenyEntry, now: Date): boolean {
  return isRemovalEntry(entry) && !isStandingWord(entry, now);
}

function isAskedBy({ askedAt }: DenyEntry, until: Date): boolean {
  return askedAt === undefined || askedAt <= until;
}

function isToLift(what: Lifted, entry: DenyEntry, now: Date): boolean {
  switch (what.kind) {
    case 'all':
      return true;
    case 'removals':
      return isRemovalEntry(entry) && isAskedBy(entry, what.askedUntil);
    case 'contradicted':
      return isContradicted(entry, now) && isAskedBy(entry, what.askedUntil);
  }
}

async function liftDenials(
  { list, reconciler }: Lifting,
  { userId, by, reason, what }: LiftRequest,
  at: Date,
  signal: AbortSignal,
): Promise<number> {
  const entries = await list.entriesOf(userId, signal);
  const toLift = entries.filter((entry) => isInForce(entry, at) && isToLift(what, entry, at));
  // A previous call may have crashed before it woke the reconciler.
  const underWay = entries.filter(({ lifted, settled }) => lifted && settled !== 'lifted');
  if (toLift.length === 0 && underWay.length === 0) return 0;
  const lifting = toLift.map((entry) =>
    list.lift(entry, { at, by, ...(reason !== undefined && { reason }) }, signal),
  );
  await Promise.all([...lifting, reconciler.wake(signal)]);
  return toLift.length || underWay.length;
}
