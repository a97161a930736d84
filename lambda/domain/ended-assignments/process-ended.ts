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
  /** Limits the rate of requests to Identity Center. */
  pace: Pace;
}

/**
 * The result of a message. With `comesBackAfterSeconds`, the message is retried after that time.
 *
 * - `denied`: the older role sessions are on the deny list now, or were already
 * - `still-ended`: after the hour in which the portal still issued role sessions, nobody had assigned the role again. The role
 *   sessions of that hour are denied, too
 * - `still-assigned`: another assignment gives the user the same role, or somebody assigned it again. Nothing more is denied
 * - `waiting`: the assignment is still listed, so its deletion may be in progress. The message is retried
 * - `kept`: the assignment is still listed at the last attempt. It was not deleted, or was created again. Nothing is denied
 * - `removed`: the user's removal denies all role sessions already
 * - `no-permission-set`: the permission set does not exist any more, and neither does its role
 * - `lifted`: somebody lifted this denial
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

/** The ids for the log. */
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
  // Redelivery repeats the event's id, so it continues the same revocation.
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
  // This is the cutoff. After the lookup, it could also cut off role sessions of an assignment that was created meanwhile.
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
  // The message comes back after the hour in which the portal still issues role sessions. An event may arrive after that hour.
  const isToComeBack = isEarly || secondsLeft(ended.happenedAt, checkedAt) > 0;
  return {
    kind: 'denied',
    ...(isToComeBack && !attempt.lastAttempt && { comesBackAfterSeconds: Math.ceil(left) }),
  };
}

/** The deletion of the user's own assignment may be in progress while it is listed. A group's assignment stays. */
function whileAssigned(same: Assignment[], entered: DenyEntry | undefined, attempt: Attempt): Ended {
  const isOnlyOwn = same.every(({ principal }) => principal.kind === 'user');
  // With an entry, an earlier attempt found the assignment deleted. So somebody has assigned it again.
  if (!isOnlyOwn || entered) return { kind: 'still-assigned' };
  return { kind: attempt.lastAttempt ? 'kept' : 'waiting' };
}

/** How many seconds the portal may still issue role sessions; zero or less if that time is over. */
function secondsLeft(since: Date, now: Date): number {
  return PORTAL_FOLLOWS_SECONDS - (now.getTime() - since.getTime()) / 1000;
}
