import { type AccessItem, type Grant, grantKey, isOpen } from '../access.ts';
import { type Deadline, hasTimeForPage, untilAnswer } from '../deadline.ts';
import { asDomainError, DomainError } from '../errors.ts';
import type { Pace } from '../pace.ts';
import type { AccessRemover, Clock, UserAccess } from '../ports.ts';
import type { AccessRecords } from '../stores.ts';

export interface TakeAwayDeps {
  clock: Clock;
  records: Pick<AccessRecords, 'putAccessItem'>;
  access: UserAccess & AccessRemover;
  pace: Pace;
}

export interface TakenAway {
  items: AccessItem[];
  /** Every grant that can be removed is removed. */
  isDone: boolean;
  /** How many grants changed their state in this run: removed, or impossible to remove. */
  progress: number;
  failures: DomainError[];
}

/** Limits the passes: otherwise a run would never end while somebody keeps granting access. */
const PASSES = 5;

/**
 * Removes the user's grants, and lists again until it finds nothing new. It records each grant before it removes it. A recorded
 * grant that is no longer listed is removed. So every step is idempotent, and a crash loses nothing.
 */
export async function takeAway(
  deps: TakeAwayDeps,
  { revocationId, userId }: { revocationId: string; userId: string },
  recorded: AccessItem[],
  deadline: Deadline,
): Promise<TakenAway> {
  const signal = untilAnswer(deadline);
  const items = new Map(recorded.map((item) => [grantKey(item.grant), item]));
  const failures: DomainError[] = [];
  let progress = 0;
  const note = async (item: Omit<AccessItem, 'at'>) => {
    const noted = { ...item, at: deps.clock() };
    await deps.records.putAccessItem(revocationId, noted, signal);
    items.set(grantKey(item.grant), noted);
  };
  const result = (isDone: boolean): TakenAway => ({ items: [...items.values()], isDone, progress, failures });

  for (let pass = 0; pass < PASSES; pass += 1) {
    const listed = await deps.access.grantsOf(userId, signal).catch(asDomainError);
    if (listed instanceof DomainError) {
      failures.push(listed);
      return result(false);
    }
    for (const item of goneOf(items, listed)) {
      await note({ grant: item.grant, state: 'REMOVED' });
      progress += 1;
    }
    for (const grant of listed.filter((each) => isNew(items.get(grantKey(each))))) {
      await note({ grant, state: 'FOUND' });
    }
    const toDo = listed.filter((grant) => items.get(grantKey(grant))?.state === 'FOUND');
    if (toDo.length === 0) return result(true);
    for (const grant of toDo) {
      if (!hasTimeForPage(deadline)) return result(false);
      const taken = await takeOne(deps, userId, grant, signal);
      if (taken instanceof DomainError) failures.push(taken);
      else if (taken !== 'under-way') {
        await note({ grant, ...taken });
        progress += 1;
      }
    }
    // The message is retried if a deletion is in progress, or failed.
    if (toDo.some((grant) => items.get(grantKey(grant))?.state === 'FOUND')) return result(false);
  }
  return result(false);
}

/**
 * Used if the removal takes nothing more away: records the grants whose deletion has ended since an earlier run requested it. A
 * grant that is still listed stays open, because its deletion may be in progress.
 *
 * @throws DomainError `assignments-unavailable`, `assignments-refused`, `store-unavailable`
 */
export async function noteGone(
  { clock, records, access }: TakeAwayDeps,
  { revocationId, userId }: { revocationId: string; userId: string },
  recorded: AccessItem[],
  signal: AbortSignal,
): Promise<AccessItem[]> {
  if (!recorded.some(isOpen)) return recorded;
  const listed = await access.grantsOf(userId, signal);
  const gone = new Set(goneOf(new Map(recorded.map((item) => [grantKey(item.grant), item])), listed));
  const known = recorded.map(
    (item): AccessItem => (gone.has(item) ? { grant: item.grant, state: 'REMOVED', at: clock() } : item),
  );
  const changed = known.filter((item, index) => item !== recorded[index]);
  await Promise.all(changed.map((item) => records.putAccessItem(revocationId, item, signal)));
  return known;
}

/** The recorded grants that are not listed any more, also those whose last attempt failed. */
function goneOf(items: Map<string, AccessItem>, listed: Grant[]): AccessItem[] {
  const there = new Set(listed.map(grantKey));
  return [...items.values()].filter((item) => isOpen(item) && !there.has(grantKey(item.grant)));
}

/** Whether a listed grant must be noted as `FOUND`. Its last attempt may have failed, or somebody granted it again. */
function isNew(item: AccessItem | undefined): boolean {
  return item === undefined || item.state === 'REMOVED' || item.why === 'failed';
}

async function takeOne(
  { access, pace }: TakeAwayDeps,
  userId: string,
  grant: Grant,
  signal: AbortSignal,
): Promise<'under-way' | Pick<AccessItem, 'state' | 'why'> | DomainError> {
  try {
    await pace(signal);
    const taken = await access.remove(userId, grant, signal);
    if (taken === 'under-way') return taken;
    return taken === 'removed' ? { state: 'REMOVED' } : { state: 'LEFT', why: taken.left };
  } catch (error) {
    return signal.aborted ? 'under-way' : asDomainError(error);
  }
}
