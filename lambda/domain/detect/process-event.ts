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
  /** Whose events are believed. */
  senders: BelievedSenders;
}

export type EventProcessed = CarriedOut | LetBackIn | NamedNobody;

const NO_DIRECTORY = {
  kind: 'ignored',
  why: 'only the identity store could tell, and the stack has none',
} as const;

/** Does what an event of EventBridge asks for. @throws DomainError `message-malformed`; any other: retry */
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
      // Events come late and in any order: the user may have been disabled again since.
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
 * A changed user: removed if disabled or deleted, let back in if enabled. An answer of the last minute is recent enough to
 * remove, but not to lift a denial: a removal may have come since.
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

/** Whether there is a denial that the directory's word would lift. */
async function isDenied({ clock, lifting }: LiftDeps, userId: string, signal: AbortSignal): Promise<boolean> {
  const entries = (await lifting?.list.entriesOf(userId, signal)) ?? [];
  const now = clock();
  return entries.some((entry) => isInForce(entry, now) && isContradicted(entry, now));
}

/** Undefined when there is no such user. A removal that cannot be looked up for want of a directory is not ignored: it fails. */
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
