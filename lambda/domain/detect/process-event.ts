import { type Deadline, untilAnswer } from '../deadline.ts';
import { isInForce } from '../denial.ts';
import { DomainError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import { type RevokeUserJob, revokeUserJob } from '../job.ts';
import type { Directory } from '../ports.ts';
import { isContradicted, type LiftDeps } from '../role-sessions/lift.ts';
import { type User, userIdOf } from '../user.ts';
import { type CarriedOut, type CarryOutDeps, carryOut } from './carry-out.ts';
import type { Question, Removal } from './events/decision.ts';
import { happenedUntil } from './events/envelope.ts';
import type { BelievedSenders } from './events/senders.ts';
import { type LetBackIn, letBackIn } from './let-back-in.ts';
import { type NamedNobody, namedNobody } from './named-nobody.ts';
import { toRemoval } from './removal.ts';

export interface ProcessEventDeps extends CarryOutDeps, LiftDeps {
  tokenCache: CarryOutDeps['tokenCache'] & LiftDeps['tokenCache'];
  /** The senders whose events are trusted. */
  senders: BelievedSenders;
}

export type EventProcessed = CarriedOut | LetBackIn | NamedNobody;

const NO_DIRECTORY = {
  kind: 'ignored',
  why: 'only the identity store could tell, and the stack has none',
} as const;

/** Acts on an event of EventBridge. @throws DomainError `message-malformed`: a retry cannot help. Any other: retry */
export async function processEvent(
  deps: ProcessEventDeps,
  event: unknown,
  deadline: Deadline,
  attempt: { lastAttempt: boolean },
): Promise<EventProcessed> {
  const signal = untilAnswer(deadline);
  const removal = toRemoval(event, deps.senders);
  const happenedAt = happenedUntil(event, deps.clock());
  switch (removal.kind) {
    case 'malformed':
      throw new DomainError('message-malformed', removal.why);
    case 'ignore':
      return { kind: 'ignored', why: removal.why };
    case 'ask':
      return ask(deps, removal, happenedAt, deadline, attempt);
    case 'return': {
      if (!deps.directory) return NO_DIRECTORY;
      // Required: events come late and in any order, so the user may be disabled again.
      const status = await deps.directory.statusOf(removal.userId, signal);
      if (status !== 'enabled') return { kind: 'ignored', why: 'the user may not sign in any more' };
      const { userId, description: by } = removal;
      return letBackIn(deps, { userId, by, what: { kind: 'removals', askedUntil: happenedAt } }, signal);
    }
    case 'revoke': {
      const { user, description } = removal;
      const userId = await findUser(deps, user, signal);
      if (userId === undefined) return namedNobody(deps, removal, happenedAt, signal);
      return carryOut(deps, jobOf(userId, removal, happenedAt), description, deadline, attempt);
    }
  }
}

/**
 * Asks the directory about a changed user. A disabled or deleted user is removed. For an enabled user, removals are lifted. An
 * answer of the last minute is recent enough for a removal, but not for lifting a denial: the user may be disabled since then.
 */
async function ask(
  deps: ProcessEventDeps,
  question: Question,
  happenedAt: Date,
  deadline: Deadline,
  attempt: { lastAttempt: boolean },
): Promise<EventProcessed> {
  if (!deps.directory) return NO_DIRECTORY;
  const signal = untilAnswer(deadline);
  const { userId, description } = question;
  let status = await deps.directory.statusOf(userId, signal, happenedAt);
  let askedUntil = happenedAt;
  if (status === 'enabled' && (await isDenied(deps, userId, signal))) {
    askedUntil = deps.clock();
    status = await deps.directory.statusOf(userId, signal);
  }
  if (status === 'enabled')
    return letBackIn(deps, { userId, by: description, what: { kind: 'contradicted', askedUntil } }, signal);
  const job = jobOf(userId, { ...question, cause: status }, happenedAt);
  return carryOut(deps, job, description, deadline, attempt);
}

/** Whether there is a denial that is lifted if the directory says that the user may sign in. */
async function isDenied({ clock, lifting }: LiftDeps, userId: string, signal: AbortSignal): Promise<boolean> {
  const entries = (await lifting?.list.entriesOf(userId, signal)) ?? [];
  const now = clock();
  return entries.some((entry) => isInForce(entry, now) && isContradicted(entry, now));
}

/** Undefined if there is no such user. Without a directory this throws, because ignoring a removal by name would lose it. */
async function findUser(
  { directory }: { directory: Directory | undefined },
  user: User,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await userIdOf(directory, user, signal);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'user-not-found') return undefined;
    throw error;
  }
}

function jobOf(
  userId: string,
  removal: Pick<RevokeUserJob, 'cause'> & Pick<Removal, 'eventId' | 'description' | 'reason'>,
  happenedAt: Date,
): RevokeUserJob {
  const { eventId, cause, reason, description } = removal;
  return revokeUserJob({
    // Redelivering the same event continues the same revocation.
    revocationId: derivedId('user', 'event', userId, eventId),
    source: 'event',
    requestedBy: description,
    reason,
    requestedAt: happenedAt,
    userId,
    cause,
  });
}
