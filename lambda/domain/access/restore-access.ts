import { type AccessItem, accessOf, grantKey, isOpen } from '../access.ts';
import { type Deadline, hasTimeForPage, overBy, untilAnswer } from '../deadline.ts';
import { asDomainError, DomainError, throwFirst } from '../errors.ts';
import { REVOCATION_ID } from '../ids.ts';
import type { Pace } from '../pace.ts';
import type { AccessGiver, Clock, Directory, UserAccess } from '../ports.ts';
import { describeRevocation, type Revocation } from '../record/describe-revocation.ts';
import { notFound } from '../record/read-revocation.ts';
import type { AccessRecords, RevocationRecords } from '../stores.ts';

export interface RestoreAccessDeps {
  clock: Clock;
  records: Pick<RevocationRecords, 'read'> & AccessRecords;
  directory: Directory;
  access: UserAccess & AccessGiver;
  pace: Pace;
}

/** If a run crashes, its lease blocks the next run until the crashed invocation must have ended. */
const BUSY_SECONDS = 30;

/**
 * Restores what a mistaken removal took away: exactly what its record lists. A grant that still exists, or that somebody else
 * restored, stays as it is. Each step is idempotent: the same call continues where an earlier one stopped. After the first
 * call, the removal takes nothing more away.
 *
 * @returns the revocation; `access.status` is `RESTORED` if everything is restored, otherwise repeat the call
 * @throws DomainError
 * - `revocation-not-found`, `nothing-to-restore`
 * - `user-not-enabled`: the user must be enabled in the identity store first
 * - `access-busy`: another run is removing or restoring the access now
 * - `assignments-unavailable`, `directory-unavailable`, `store-unavailable`: repeat
 * - `assignments-refused`: a person must act first
 */
export async function restoreAccess(
  deps: RestoreAccessDeps,
  revocationId: string,
  deadline: Deadline,
): Promise<Revocation> {
  const signal = untilAnswer(deadline);
  if (!REVOCATION_ID.test(revocationId)) throw notFound();
  const { header } = await deps.records.read(revocationId, signal);
  if (!header) throw notFound();
  const { subject, access } = header;
  if (!access || !('userId' in subject) || subject.userId === undefined) throw nothingToRestore();
  if (access.status !== 'RESTORED') {
    await requireEnabled(deps, subject.userId, signal);
    const at = deps.clock();
    const run = { until: overBy(deadline, at) };
    if (!(await deps.records.beginAccess(revocationId, { ...run, status: 'RESTORING' }, at, signal)))
      throw busy();
    await giveBack(deps, revocationId, subject.userId, run, deadline);
  }
  const { header: standing = header, ...rest } = await deps.records.read(revocationId, signal);
  return describeRevocation({ ...rest, header: standing }, deps.clock());
}

/** Required: otherwise a disabled user's live portal session would obtain role sessions again. */
async function requireEnabled(
  { directory }: RestoreAccessDeps,
  userId: string,
  signal: AbortSignal,
): Promise<void> {
  const status = await directory.statusOf(userId, signal);
  if (status === 'enabled') return;
  throw new DomainError(
    'user-not-enabled',
    status === 'deleted'
      ? 'The identity store does not have this user any more. If the person comes back, they get another id: assign their access by hand.'
      : 'The identity store says that the user is disabled. Enable the user first, then send the same request again.',
  );
}

async function giveBack(
  deps: RestoreAccessDeps,
  revocationId: string,
  userId: string,
  run: { until: Date },
  deadline: Deadline,
): Promise<void> {
  const signal = untilAnswer(deadline);
  // Read after the run has begun: an earlier read may lack what the removal noted since.
  const { access: items } = await deps.records.read(revocationId, signal);
  const given: AccessItem[] = [];
  try {
    await giveAll(
      deps,
      userId,
      items,
      given,
      async (item) => {
        await deps.records.putAccessItem(revocationId, item, signal);
      },
      deadline,
    );
  } finally {
    const known = new Map([...items, ...given].map((item) => [grantKey(item.grant), item]));
    const now = [...known.values()];
    const isDone = now.every((item) => !isToBeGiven(item));
    await deps.records.endAccess(revocationId, run, accessOf(isDone ? 'RESTORED' : 'RESTORING', now), signal);
  }
}

/** @param given - receives the restored grants, also if this throws */
async function giveAll(
  { clock, access, pace }: RestoreAccessDeps,
  userId: string,
  items: AccessItem[],
  given: AccessItem[],
  note: (item: AccessItem) => Promise<void>,
  deadline: Deadline,
): Promise<void> {
  const signal = untilAnswer(deadline);
  const there = new Set((await access.grantsOf(userId, signal)).map(grantKey));
  const failures: DomainError[] = [];
  for (const item of items.filter(isToBeGiven)) {
    if (!hasTimeForPage(deadline)) break;
    await pace(signal);
    const answer = await giveOne(access, userId, item, there, signal);
    if (answer instanceof DomainError) failures.push(answer);
    if (answer !== 'given') continue;
    const restored: AccessItem = { grant: item.grant, state: 'RESTORED', at: clock() };
    await note(restored);
    given.push(restored);
  }
  // Thrown last: one deleted permission set must not keep the user from everything else.
  throwFirst(failures);
}

/**
 * Restores one grant. A grant that exists is not requested again, unless its deletion may be in progress. Then Identity Center's
 * answer to the request decides.
 */
async function giveOne(
  access: AccessGiver,
  userId: string,
  item: AccessItem,
  there: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<'given' | 'under-way' | DomainError> {
  const isThere = there.has(grantKey(item.grant));
  if (isThere && !isOpen(item)) return 'given';
  const answer = await access.give(userId, item.grant, signal).catch(asDomainError);
  // If Identity Center refuses to create it, as in the management account, it also refused to delete it.
  const isRefused = answer instanceof DomainError && answer.code === 'assignments-refused';
  return isThere && isRefused ? 'given' : answer;
}

/** A `FOUND` grant may be removed, too: the run may have crashed before it recorded that. */
function isToBeGiven(item: AccessItem): boolean {
  return item.state === 'REMOVED' || isOpen(item);
}

function nothingToRestore(): DomainError {
  return new DomainError('nothing-to-restore', 'This revocation took no access away.');
}

function busy(): DomainError {
  return new DomainError(
    'access-busy',
    'Access is being taken away or given back under this revocation now. Send the same request again.',
    undefined,
    BUSY_SECONDS,
  );
}
