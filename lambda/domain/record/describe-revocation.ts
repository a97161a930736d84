import type { DenialAsked, Denied } from '../denial.ts';
import {
  countOf,
  isEnded,
  NONE,
  type RequestError,
  type RevocationHeader,
  type SessionCounts,
  type SessionOutcome,
  type Source,
  type Subject,
  sum,
  type UserShare,
} from '../revocation.ts';

/** A revocation as the API answers it; instants are ISO 8601 in UTC. */
export interface Revocation {
  revocationId: string;
  status: 'COMPLETED' | 'IN_PROGRESS' | 'FAILED';
  /** Only where it came to nothing as soon as it was requested. */
  error?: RequestError;
  subject: Subject;
  source: Source;
  requestedBy: string;
  reason?: string;
  requestedAt: string;
  completedAt: string | null;
  sessions: SessionCounts;
  roleSessions: RoleSessions;
}

/** What is known of the role sessions that outlive the sign-in sessions. */
export interface RoleSessions {
  /** Whether denied or not: a service control policy does not reach every account. */
  mayContinueUntil: string;
  /** When a service control policy was in place that denies them. */
  deniedAt: string | null;
  deniedUntil?: string;
  /** Why they are not denied, or no longer. */
  notDenied?: NotDenied;
  liftedBy?: string;
}

/** `pending`: the policy is not in place yet. `not-in-time`: it never was. The others as in `DenialAsked` and `Denied`. */
type NotDenied = Exclude<DenialAsked, 'asked'> | NonNullable<Denied['notDenied']> | 'pending' | 'not-in-time';

interface RecordedRevocation {
  header: RevocationHeader;
  outcomes: SessionOutcome[];
  /** Of a revocation of everyone; none otherwise. */
  users: UserShare[];
}

/**
 * The revocation as its record stands.
 *
 * `roleSessions.mayContinueUntil` follows AWS's rule that Logout leaves role sessions running for as long as their
 * permission set says (docs/facts.md § sso:Logout): the last Logout plus the longest such duration. While a session may still be alive it can still
 * hand out role sessions, so the reckoning then starts at `now`.
 */
export function describeRevocation(recorded: RecordedRevocation, now: Date): Revocation {
  const { header } = recorded;
  const { status, completedAt, sessions } = progressOf(recorded);
  const roleSessionsFrom = completedAt ?? now;
  return {
    revocationId: header.revocationId,
    status,
    ...(header.error !== undefined && { error: header.error }),
    subject: header.subject,
    source: header.source,
    requestedBy: header.requestedBy,
    ...(header.reason !== undefined && { reason: header.reason }),
    requestedAt: header.requestedAt.toISOString(),
    completedAt: completedAt?.toISOString() ?? null,
    sessions,
    roleSessions: roleSessionsOf(header, roleSessionsFrom, now),
  };
}

function roleSessionsOf(header: RevocationHeader, from: Date, now: Date): RoleSessions {
  const { denied = {}, maxRoleSessionSeconds } = header;
  const until = new Date(from.getTime() + maxRoleSessionSeconds * 1000);
  const notDenied = whyNotDenied(header, until <= now);
  return {
    mayContinueUntil: until.toISOString(),
    deniedAt: denied.deniedAt?.toISOString() ?? null,
    ...(denied.deniedUntil && { deniedUntil: denied.deniedUntil.toISOString() }),
    ...(notDenied && { notDenied }),
    ...(denied.liftedBy !== undefined && { liftedBy: denied.liftedBy }),
  };
}

function whyNotDenied({ denial, denied }: RevocationHeader, isOver: boolean): NotDenied | undefined {
  if (denied) return denied.notDenied;
  if (denial !== 'asked') return denial;
  return isOver ? 'not-in-time' : 'pending';
}

interface Progress {
  status: Revocation['status'];
  completedAt?: Date;
  sessions: SessionCounts;
}

function progressOf({ header, outcomes, users }: RecordedRevocation): Progress {
  if (header.error !== undefined) return { status: 'FAILED', sessions: NONE };
  if ('everyone' in header.subject) return progressOfEveryone(header, users);
  if ('sessionId' in header.subject) {
    // A worker came to end it, and another revocation had: what it looked for was not held any more.
    if (header.completion && outcomes.length === 0)
      return completed(header.completion.at, header.completion.sessions);
    const ended = outcomes.length > 0 && outcomes.every(({ outcome }) => isEnded(outcome));
    return ended ? completed(latest(outcomes), countOf(outcomes)) : unfinished(countOf(outcomes));
  }
  const { completion } = header;
  if (!completion) return unfinished(countOf(outcomes));
  // Nothing is held any more, but a session that was finally rejected may be alive.
  if (completion.sessions.failed > 0) return unfinished(completion.sessions);
  return completed(completion.at, completion.sessions);
}

/** Complete when all users have been listed and each of them is done. */
function progressOfEveryone({ completion }: RevocationHeader, users: UserShare[]): Progress {
  const sessions = users.map((user) => user.sessions).reduce(sum, NONE);
  const isFinal = completion !== undefined && users.every(({ done }) => done);
  if (!isFinal || sessions.failed > 0) return unfinished(sessions, completion === undefined);
  return completed(latest([completion, ...users]), sessions);
}

function completed(completedAt: Date, sessions: SessionCounts): Progress {
  return { status: 'COMPLETED', completedAt, sessions };
}

function unfinished(sessions: SessionCounts, mayGrow = false): Progress {
  const gaveUp = sessions.failed > 0 && sessions.pending === 0 && !mayGrow;
  return { status: gaveUp ? 'FAILED' : 'IN_PROGRESS', sessions };
}

function latest(all: { at: Date }[]): Date {
  // Not Math.max(...all): that of everyone may have more users than a call may have arguments.
  return new Date(all.reduce((last, { at }) => Math.max(last, at.getTime()), 0));
}
