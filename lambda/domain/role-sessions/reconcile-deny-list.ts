import { announce } from '../announce.ts';
import { type Deadline, timeForRecords, untilAnswer, untilSettling, untilWaking } from '../deadline.ts';
import { type DenyEntry, isInForce, type Noted, SETTLED, type Settled } from '../denial.ts';
import { asDomainError, DomainError } from '../errors.ts';
import { atMost } from '../pace.ts';
import type { Clock, NoticeQueue, Reconciler } from '../ports.ts';
import type { DenyList, RevocationRecords } from '../stores.ts';
import { cutoffText, type ToDeny, toCutoff } from './deny-statement.ts';
import { type PutPolicies, type PutPoliciesDeps, putPolicies } from './put-policies.ts';
import { isDeniedToEveryone, toDeny } from './to-deny.ts';

export interface ReconcileDeps extends PutPoliciesDeps {
  clock: Clock;
  list: Pick<DenyList, 'entries' | 'settle'>;
  records: Pick<RevocationRecords, 'putDenied'>;
  /** Starts another run soon. */
  reconciler: Reconciler;
  /** Absent if the stack sends no events. */
  notices?: NoticeQueue | undefined;
}

export interface Reconciled {
  /** Denials of users and of ended assignments that are in place. */
  usersDenied: number;
  /** Denials of everyone that are in place. */
  everyoneDenied: number;
  /** Users and ended assignments for which no policy has room: their role sessions continue. */
  usersWithoutRoom: number;
  /** How much of the room of all policies is used: 0 to 100. */
  percentFull: number;
  policiesUpdated: number;
  policiesFailed: number;
  /** Records that this run brought up to date. */
  settled: number;
  /** Records that are still behind: they do not exist yet, could not be written, or there was no time. A later run updates them. */
  unsettled: number;
  /** Entries that cannot be parsed. They deny nobody. */
  unreadable: number;
  /** The first failure of a policy. Without one, the first of a record, or else that of waking the reconciler. */
  failure?: DomainError;
}

const RECORDS_AT_ONCE = 10;

/**
 * Brings the policies in line with the deny list, and the records in line with the policies: a record says "denied" once
 * the policy is in place.
 *
 * Each run spends only some seconds on records, so that new denials do not wait for them. If records are left, the reconciler
 * wakes itself. It does so only if this run settled some, so that it comes to an end.
 *
 * @throws DomainError `store-unavailable`: the list cannot be read
 */
export async function reconcileDenyList(deps: ReconcileDeps, deadline: Deadline): Promise<Reconciled> {
  const signal = untilAnswer(deadline);
  const { entries, unreadable } = await deps.list.entries(signal);
  const now = deps.clock();
  const denials = toDeny(entries.filter((entry) => isInForce(entry, now)));
  const put = withEveryone(await putPolicies(deps, [...new Set(denials.values())], untilSettling(deadline)));
  const behind = behindOf(entries, denials, put, now);
  const { done, failure } = await settleAll(deps, behind, put.failures, deadline);
  return {
    usersDenied: [...put.inPlace.keys()].filter((denial) => 'userId' in denial).length,
    everyoneDenied: [...put.inPlace.keys()].filter((denial) => 'except' in denial).length,
    usersWithoutRoom: put.left.length,
    percentFull: put.percentFull,
    policiesUpdated: put.updated,
    policiesFailed: put.failures.length,
    settled: done,
    unsettled: behind.length - done,
    unreadable,
    ...(failure && { failure }),
  };
}

/**
 * Settles as many records as there is time for, and starts another run for the others.
 *
 * @param failures - of the policies. After a failure no other run is started, because the message is retried anyway
 */
async function settleAll(
  deps: ReconcileDeps,
  behind: Behind[],
  failures: DomainError[],
  deadline: Deadline,
): Promise<{ done: number; failure: DomainError | undefined }> {
  const at = deps.clock();
  const signal = untilWaking(deadline);
  const hasTime = timeForRecords(deadline);
  const settled = await atMost(RECORDS_AT_ONCE, behind, async (each) =>
    hasTime() ? settle(deps, each, at, signal).catch(asDomainError) : 'no-time',
  );
  const done = settled.filter((result) => result === true).length;
  const failure = [...failures, ...settled].find((result) => result instanceof DomainError);
  if (failure || done === 0 || !settled.includes('no-time')) return { done, failure };
  const woken = await deps.reconciler.wake(untilAnswer(deadline)).catch(asDomainError);
  return { done, failure: woken instanceof DomainError ? woken : undefined };
}

/** A denial without room counts as in place if the denial of everyone covers it: this is no reason for an alarm. */
function withEveryone(put: PutPolicies): PutPolicies {
  const inPlace = new Map(put.inPlace);
  const everyone = [...inPlace.keys()].filter((denial) => 'except' in denial);
  const left = put.left.filter((denial) => {
    const isCovered = everyone.some((each) => isDeniedToEveryone(denial, each));
    // The user's record gets the user's own cutoff, because the denial of everyone may be lifted.
    if (isCovered && denial.issuedBefore) inPlace.set(denial, inWholeSeconds(denial.issuedBefore));
    return !isCovered;
  });
  return { ...put, inPlace, left };
}

function inWholeSeconds(issuedBefore: Date): Date {
  return new Date(cutoffText(toCutoff(issuedBefore)));
}

interface Behind {
  entry: DenyEntry;
  settled: Settled;
  /** The cutoff that the policy states, if the entry is denied. */
  issuedBefore?: Date | undefined;
}

/** The entries whose current state is not recorded yet. */
function behindOf(
  entries: DenyEntry[],
  denials: Map<DenyEntry, ToDeny>,
  { inPlace, left, failures }: PutPolicies,
  now: Date,
): Behind[] {
  const noRoom = new Set(left);
  const stateOf = (entry: DenyEntry): Omit<Behind, 'entry'> | undefined => {
    // A policy that failed may still deny it.
    if (entry.lifted) return failures.length === 0 ? { settled: 'lifted' } : undefined;
    const denial = isInForce(entry, now) && denials.get(entry);
    if (!denial) return undefined;
    if (inPlace.has(denial)) return { settled: 'denied', issuedBefore: inPlace.get(denial) };
    return noRoom.has(denial) ? { settled: 'no-room' } : undefined;
  };
  return entries
    .flatMap((entry) => {
      const state = stateOf(entry);
      return state === undefined || isSettled(entry, state) ? [] : [{ entry, ...state }];
    })
    .toSorted((a, b) => SETTLED.indexOf(a.settled) - SETTLED.indexOf(b.settled));
}

function isSettled(entry: DenyEntry, { settled, issuedBefore }: Omit<Behind, 'entry'>): boolean {
  if (entry.settled !== settled) return false;
  return settled !== 'denied' || entry.deniedIssuedBefore?.getTime() === issuedBefore?.getTime();
}

/**
 * Writes the record before it marks the entry as settled: after a crash in between, the record would otherwise stay behind.
 *
 * @returns false if there is no record yet
 */
async function settle(
  { list, records, notices }: ReconcileDeps,
  { entry, settled, issuedBefore }: Behind,
  at: Date,
  signal: AbortSignal,
): Promise<boolean> {
  const { deniedAt, letGoAt } = timesOf(entry, settled, at);
  const deniedUntil = letGoAt ?? (deniedAt && entry.until);
  // If the denial is over, the record keeps the cutoff that held.
  const held = settled === 'denied' ? issuedBefore : deniedAt && entry.deniedIssuedBefore;
  const cutoff = held && { deniedIssuedBefore: held };
  const denied = {
    ...(deniedAt && { deniedAt }),
    ...(deniedUntil && { deniedUntil }),
    ...cutoff,
    ...(settled !== 'denied' && { notDenied: settled }),
    ...(entry.lifted && { liftedBy: entry.lifted.by }),
    ...(entry.lifted?.reason !== undefined && { liftedReason: entry.lifted.reason }),
  };
  if (!(await records.putDenied(entry.revocationId, denied, signal))) return false;
  if (settled === 'denied') await announce(notices, entry.revocationId, ['Role Sessions Denied'], signal);
  const noted = { settled, ...(deniedAt && { deniedAt }), ...(letGoAt && { letGoAt }), ...cutoff };
  await list.settle(entry, noted, signal);
  return true;
}

/**
 * `deniedAt` is the time since which everything is denied that was issued before the request's own cutoff. It stays the same if
 * merging moves the cutoff later.
 */
function timesOf(entry: DenyEntry, settled: Settled, at: Date): Pick<Noted, 'deniedAt' | 'letGoAt'> {
  const { deniedAt, letGoAt, issuedBefore } = entry;
  if (settled === 'denied') {
    // A changed entry may deny more than before, so its time starts again. A removed user is denied everything from the start.
    const isAsBefore = !issuedBefore || entry.settled === 'denied';
    return { deniedAt: deniedAt && !letGoAt && isAsBefore ? deniedAt : at };
  }
  return deniedAt ? { deniedAt, letGoAt: letGoAt ?? at } : {};
}
