import {
  countOf,
  isEnded,
  NONE,
  type RevocationHeader,
  type SessionCounts,
  type SessionOutcome,
  sum,
  type UserShare,
} from '../revocation.ts';
import { denialEndsAt } from './denial-end.ts';

/** The record of one revocation. */
export interface RecordedRevocation {
  header: RevocationHeader;
  outcomes: SessionOutcome[];
  /** The share of each user in a revocation of everyone. Empty for any other revocation. */
  users: UserShare[];
}

/**
 * - `COMPLETED`: at least one session was found, all of them are ended, and that is recorded
 * - `NOTHING_HELD`: it is done, and no session was found. A session that was not registered may be alive
 * - `IN_PROGRESS`: a session is pending, or not all sessions have been tried
 * - `FAILED`: a session could not be ended, or the user was not found
 *
 * The revocation of an ended assignment ends no session. It is `COMPLETED` once the role sessions are denied, and `FAILED` if
 * they are not denied and will not be.
 */
export type Status = 'COMPLETED' | 'NOTHING_HELD' | 'IN_PROGRESS' | 'FAILED';

export interface Progress {
  status: Status;
  /** Present if the status is `COMPLETED` or `NOTHING_HELD`. */
  completedAt?: Date;
  sessions: SessionCounts;
}

export function progressOf({ header, outcomes, users }: RecordedRevocation, now: Date): Progress {
  if (header.error !== undefined) return { status: 'FAILED', sessions: NONE };
  if ('everyone' in header.subject) return progressOfEveryone(header, users);
  if ('assignment' in header.subject) return progressOfAssignment(header, now);
  if ('sessionId' in header.subject) {
    // A worker was to end the session, but the session was not held any more, because another revocation had ended it.
    if (header.completion && outcomes.length === 0)
      return done(header.completion.at, header.completion.sessions);
    const ended = outcomes.length > 0 && outcomes.every(({ outcome }) => isEnded(outcome));
    return ended ? done(latest(outcomes), countOf(outcomes)) : unfinished(countOf(outcomes));
  }
  const { completion } = header;
  if (!completion) return unfinished(countOf(outcomes));
  // No session is held any more, but a session that was finally rejected may be alive.
  if (completion.sessions.failed > 0) return unfinished(completion.sessions);
  return done(completion.at, completion.sessions);
}

/** A denial that was lifted later counts as done. An entry without room in the policies is not denied, even if it was before. */
function progressOfAssignment(header: RevocationHeader, now: Date): Progress {
  const { deniedAt, notDenied } = header.denied ?? {};
  if (deniedAt && notDenied !== 'no-room')
    return { status: 'COMPLETED', completedAt: deniedAt, sessions: NONE };
  const isFinal = header.denied !== undefined || denialEndsAt(header) <= now;
  return { status: isFinal ? 'FAILED' : 'IN_PROGRESS', sessions: NONE };
}

/** Done if all users have been listed, and each user is done. */
function progressOfEveryone({ completion }: RevocationHeader, users: UserShare[]): Progress {
  const sessions = users.map((user) => user.sessions).reduce(sum, NONE);
  const isFinal = completion !== undefined && users.every((user) => user.done);
  if (!isFinal || sessions.failed > 0) return unfinished(sessions, completion === undefined);
  return done(latest([completion, ...users]), sessions);
}

/** The status of one user in a revocation of everyone. */
export function statusOfShare({ done: isDone, at, sessions }: UserShare): Status {
  return (isDone && sessions.failed === 0 ? done(at, sessions) : unfinished(sessions)).status;
}

function done(completedAt: Date, sessions: SessionCounts): Progress {
  return { status: sessions.found > 0 ? 'COMPLETED' : 'NOTHING_HELD', completedAt, sessions };
}

function unfinished(sessions: SessionCounts, mayGrow = false): Progress {
  const gaveUp = sessions.failed > 0 && sessions.pending === 0 && !mayGrow;
  return { status: gaveUp ? 'FAILED' : 'IN_PROGRESS', sessions };
}

export function latest(all: { at: Date }[]): Date {
  // Not Math.max(...all): a revocation of everyone may have more users than a call may have arguments.
  return new Date(all.reduce((last, { at }) => Math.max(last, at.getTime()), 0));
}
