import { type Deadline, untilAnswer } from '../deadline.ts';
import { type DenyEntry, isInForce, isRemovalEntry } from '../denial.ts';
import { happenedUntil } from '../detect/events/envelope.ts';
import { DomainError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import { PORTAL_FOLLOWS_SECONDS } from '../lifetimes.ts';
import { parse } from '../message.ts';
import type { Pace } from '../pace.ts';
import type { Assignment, AssignmentReader, Clock, PermissionSets } from '../ports.ts';
import type { RevocationRecords } from '../stores.ts';
import { type AssignmentSenders, type EndedAssignment, toDeletedAssignment } from './deleted-assignment.ts';
import { type DenyEndedDeps, denyEnded } from './deny-ended.ts';

export interface ProcessEndedDeps extends DenyEndedDeps {
  clock: Clock;
  senders: AssignmentSenders;
  assignments: AssignmentReader;
  permissionSets: PermissionSets;
  records: Pick<RevocationRecords, 'putHeader'>;
  /** Of what is asked of Identity Center. */
  pace: Pace;
}

/**
 * The result of a message. With `comesBackAfterSeconds`, the message is retried after that time.
 *
 * - `denied`: the role sessions of before are on the deny list, or were already
 * - `still-ended`: an hour later nobody had assigned the role again; the role sessions of that hour are denied, too
 * - `still-assigned`: another assignment, or this one again, gives the user the same role: nothing is denied
 * - `kept`: the assignment was listed to the end, so it was not deleted, or was created again: nothing is denied
 * - `removed`: the user's removal denies every role session already
 * - `no-permission-set`: it does not exist any more, and neither does its role
 * - `lifted`: somebody has lifted this denial
 */
export type EndedProcessed = { kind: 'ignored'; why: string } | (Ended & EndedCase);

interface Ended {
  kind:
    | 'denied'
    | 'still-ended'
    | 'still-assigned'
    | 'kept'
    | 'waiting'
    | 'removed'
    | 'no-permission-set'
    | 'lifted';
  comesBackAfterSeconds?: number;
}

interface Attempt {
  lastAttempt: boolean;
}

/** What the log says of it. */
interface EndedCase {
  userId: string;
  revocationId: string;
  accountId: string;
  permissionSetArn: string;
}

/**
 * Denies the role sessions that outlive an ended assignment. The event only says where to look. Identity Center says whether
 * the assignment is deleted, and whether another one gives the user the same role.
 *
 * @throws DomainError `message-malformed`: a retry cannot help. Any other: retry
 */
export async function processEnded(
  deps: ProcessEndedDeps,
  body: string,
  deadline: Deadline,
  attempt: Attempt,
): Promise<EndedProcessed> {
  const event = parse(body);
  const deleted = toDeletedAssignment(event, deps.senders);
  if (deleted.kind === 'malformed') throw new DomainError('message-malformed', deleted.why);
  if (deleted.kind === 'ignore') return { kind: 'ignored', why: deleted.why };
  const signal = untilAnswer(deadline);
  const { userId, accountId, permissionSetArn, eventId } = deleted;
  // Redelivery repeats the event's id, so it is the same revocation.
  const revocationId = derivedId('assignment', userId, accountId, permissionSetArn, eventId);
  const happenedAt = happenedUntil(event, deps.clock());
  const ended = await checkEnded(deps, { ...deleted, revocationId, happenedAt }, attempt, signal);
  return { ...ended, userId, revocationId, accountId, permissionSetArn };
}

async function checkEnded(
  deps: ProcessEndedDeps,
  ended: EndedAssignment,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<Ended> {
  const { userId, accountId, permissionSetArn, revocationId } = ended;
  const entries = await deps.denying.list.entriesOf(userId, signal);
  const entered = entries.find((entry) => entry.revocationId === revocationId);
  if (entered?.lifted) return { kind: 'lifted' };
  if (entries.some((entry) => isInForce(entry, deps.clock()) && isRemovalEntry(entry)))
    return { kind: 'removed' };
  await deps.pace(signal);
  // Before the question: what is assigned while it is answered is not cut.
  const checkedAt = deps.clock();
  const assignments = await deps.assignments.ofUser(userId, signal, accountId);
  const same = assignments.filter((one) => one.permissionSetArn === permissionSetArn);
  if (same.length > 0) return whileAssigned(same, entered, attempt);
  const permissionSet = await deps.permissionSets.find(permissionSetArn, signal);
  if (!permissionSet) return { kind: 'no-permission-set' };
  const since = entered?.issuedBefore;
  const left = secondsLeft(since ?? checkedAt, checkedAt);
  const isEarly = since !== undefined && left > 0;
  await denyEnded(deps, ended, permissionSet, isEarly ? since : checkedAt, signal);
  if (entered && !isEarly) return { kind: 'still-ended' };
  // When an old event comes at last, the portal has followed.
  const isToComeBack = isEarly || secondsLeft(ended.happenedAt, checkedAt) > 0;
  return {
    kind: 'denied',
    ...(isToComeBack && !attempt.lastAttempt && { comesBackAfterSeconds: Math.ceil(left) }),
  };
}

/** While the user's own assignment is listed, it may still be about to go. That of a group stays. */
function whileAssigned(same: Assignment[], entered: DenyEntry | undefined, attempt: Attempt): Ended {
  const isOnlyOwn = same.every(({ principal }) => principal.kind === 'user');
  // It was gone before, so somebody has assigned it again.
  if (!isOnlyOwn || entered) return { kind: 'still-assigned' };
  return { kind: attempt.lastAttempt ? 'kept' : 'waiting' };
}

/** Of the time in which the portal may go on handing out role sessions; none left where it is not positive. */
function secondsLeft(since: Date, now: Date): number {
  return PORTAL_FOLLOWS_SECONDS - (now.getTime() - since.getTime()) / 1000;
}
