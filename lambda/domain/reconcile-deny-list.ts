import { type Deadline, untilBefore } from './deadline.ts';
import { type DenyEntry, isInForce, type Settled } from './deny-list.ts';
import { type DeniedUser, renderDenyPolicies } from './deny-policy.ts';
import type { DomainError } from './errors.ts';
import { atMost } from './pace.ts';
import type { Clock } from './ports.ts';
import { type PutPoliciesDeps, putInPlace } from './put-policies.ts';
import type { Denied } from './revocation.ts';
import type { DenialRecords, DenyListState } from './stores.ts';

export interface ReconcileDeps extends PutPoliciesDeps {
  clock: Clock;
  list: DenyListState;
  records: DenialRecords;
  /** Quota of AWS Organizations for the text of a policy. */
  policyCharacters: number;
}

export interface Reconciled {
  /** Users whom the list has denied. */
  usersDenied: number;
  /** Users for whom no policy has room: their role sessions go on. */
  usersWithoutRoom: number;
  policiesUpdated: number;
  policiesFailed: number;
  /** Records brought up to date. */
  settled: number;
  /** Revocations without a record yet: the next run sees to theirs. */
  unrecorded: number;
  /** Of the first policy that failed. */
  failure?: DomainError;
}

const ANSWER_MILLIS = 1_000;
const RECORDS_AT_ONCE = 10;

/**
 * Brings the policies in line with the deny list, and the records in line with the policies: a record says "denied" once
 * the policy is in place. Writes a policy only when it says something else. There is no conditional update, so only one
 * may run at a time.
 *
 * @throws DomainError `store-unavailable`: what is done is done, the next run goes on
 */
export async function reconcileDenyList(deps: ReconcileDeps, deadline: Deadline): Promise<Reconciled> {
  const signal = untilBefore(deadline, ANSWER_MILLIS);
  const entries = await deps.list.entries(signal);
  const now = deps.clock();
  const users = usersIn(entries.filter((entry) => isInForce(entry, now)));
  const room = { policies: deps.policyIds.length, characters: deps.policyCharacters };
  const { policies, left } = renderDenyPolicies(users, room);
  const { inPlace, updated, failures } = await putInPlace(deps, policies, signal);
  const noRoom = new Set(left.map(({ userId }) => userId));
  const stateOf = (entry: DenyEntry): Settled | undefined => {
    // Where a policy failed, it may still say what it should not.
    if (entry.lifted) return failures.length === 0 ? 'lifted' : undefined;
    if (!isInForce(entry, now)) return undefined;
    if (inPlace.has(entry.userId)) return 'denied';
    return noRoom.has(entry.userId) ? 'no-room' : undefined;
  };
  const behind = entries.flatMap((entry) => {
    const settled = stateOf(entry);
    return settled === undefined || settled === entry.settled ? [] : [{ entry, settled }];
  });
  const at = deps.clock();
  const recorded = await atMost(RECORDS_AT_ONCE, behind, (each) => settle(deps, each, at, signal));
  const settled = recorded.filter(Boolean).length;
  return {
    usersDenied: inPlace.size,
    usersWithoutRoom: left.length,
    policiesUpdated: updated,
    policiesFailed: failures.length,
    settled,
    unrecorded: recorded.length - settled,
    ...(failures[0] && { failure: failures[0] }),
  };
}

/** A user with several entries is denied as the strictest of them says, until the last of them ends. */
function usersIn(entries: DenyEntry[]): DeniedUser[] {
  return [...Map.groupBy(entries, ({ userId }) => userId)].map(([userId, own]) => {
    const until = latest(own.map((entry) => entry.until));
    const cutoffs = own.flatMap(({ issuedBefore }) => issuedBefore ?? []);
    const isRemoved = cutoffs.length < own.length;
    return { userId, until, ...(!isRemoved && { issuedBefore: latest(cutoffs) }) };
  });
}

function latest(dates: Date[]): Date {
  return new Date(Math.max(...dates.map((date) => date.getTime())));
}

/** Record first: what is settled without being recorded would stay so. @returns false when there is no record yet */
async function settle(
  { list, records }: ReconcileDeps,
  { entry, settled }: { entry: DenyEntry; settled: Settled },
  at: Date,
  signal: AbortSignal,
): Promise<boolean> {
  const denied = deniedAs(entry, settled, at);
  if (!(await records.putDenied(entry.revocationId, denied, signal))) return false;
  await list.settle(entry, { settled, deniedAt: denied.deniedAt }, signal);
  return true;
}

function deniedAs(entry: DenyEntry, settled: Settled, at: Date): Denied {
  const { deniedAt, lifted, issuedBefore, until } = entry;
  if (settled === 'denied') {
    // A cutoff that has moved on denies more than it did before; a removed user is denied everything from the first.
    return { deniedAt: issuedBefore ? at : (deniedAt ?? at), deniedUntil: until };
  }
  return {
    ...(deniedAt && { deniedAt, deniedUntil: at }),
    notDenied: settled,
    ...(lifted && { liftedBy: lifted.by }),
  };
}
