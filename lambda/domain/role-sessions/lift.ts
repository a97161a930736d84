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
  /** Who asked for it, and why, as the record will say. */
  by: string;
  reason?: string | undefined;
  what: Lifted;
}

/**
 * - `all` of what is denied and refused
 * - `removals` that were asked for by then, as the user was enabled then
 * - `contradicted`: removals that the directory contradicts, as it says that the user may sign in: those that were asked for
 *   before it was. The company's own word stands against it as long as it is young
 *
 * Where the user may sign in again, what is only denied to older role sessions stays denied.
 */
export type Lifted = { kind: 'all' } | { kind: 'removals' | 'contradicted'; askedUntil: Date };

/**
 * Takes the user's fence down, so that new sign-ins are held again, and takes the user off the deny list before the time.
 * The policies follow within seconds.
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
 * Takes everyone off the deny list before the time. What users are denied by revocations of their own stays.
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
  /** Until when a revocation of everyone denies older role sessions of the user all the same; absent where none does. */
  deniedAsEveryoneUntil?: Date;
}

/**
 * Lifts everything that is denied and refused to one user, as somebody asked for it. What is denied to everyone stays.
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
    // No row for each user who was changed.
    const fence = await tokenCache.fence(userId, signal);
    if (!fence || !isContradictedFence(fence, at)) return false;
  }
  // Who was enabled is noted in any case: a removal of before may still come. A request that lifts nothing leaves nothing.
  const lowered =
    what.kind === 'removals' ? { at: what.askedUntil, isNoted: true } : { at, isNoted: isLifted };
  return tokenCache.lowerFence(userId, lowered, signal);
}

/**
 * Whether the directory's word that the user may sign in takes this fence down: that of the company's own word, and what
 * catches sign-ins in flight, is over soon by itself.
 */
export function isContradictedFence({ until }: Fence, now: Date): boolean {
  return until.getTime() - now.getTime() > WORD_STANDS;
}

/** Whether the directory's word that the user may sign in takes this entry away. */
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
