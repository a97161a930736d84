/** What happened to one session. `PENDING` and `FAILED` sessions may still be alive. */
export type Outcome = 'LOGGED_OUT' | 'ALREADY_INVALID' | 'PENDING' | 'FAILED';

export interface SessionOutcome {
  sessionId: string;
  outcome: Outcome;
  at: Date;
  /** Requests sent to the portal for it, the SDK's retries included. */
  attempts: number;
  /** Why it is not ended; an error's name, never its text. */
  error?: string;
}

/** Whom a revocation is about. A session's user is known where the caller or the token cache named one. */
export interface Subject {
  sessionId: string;
  userId?: string;
}

/** What is fixed when a revocation is requested. All else is derived from its outcomes, so that a retry cannot count twice. */
export interface RevocationHeader {
  revocationId: string;
  subject: Subject;
  source: 'http';
  /** ARN of the IAM principal, or issuer and subject of the JSON Web Token. */
  requestedBy: string;
  reason?: string;
  requestedAt: Date;
  /** The longest permission-set session duration in force at the request. */
  maxRoleSessionSeconds: number;
}

export interface RecordedRevocation {
  header: RevocationHeader;
  outcomes: SessionOutcome[];
}

/** A revocation as the API answers it; instants are ISO 8601 in UTC. */
export interface Revocation {
  revocationId: string;
  status: 'COMPLETED' | 'IN_PROGRESS' | 'FAILED';
  subject: Subject;
  source: 'http';
  requestedBy: string;
  reason?: string;
  requestedAt: string;
  completedAt: string | null;
  sessions: { found: number; loggedOut: number; alreadyInvalid: number; pending: number; failed: number };
  roleSessions: { mayContinueUntil: string; deniedAt: string | null };
}

/** From worst to best. An outcome is replaced by a better one only: a 401 on a repetition must not hide a success. */
const FROM_WORST: Outcome[] = ['PENDING', 'FAILED', 'ALREADY_INVALID', 'LOGGED_OUT'];

export function worseThan(outcome: Outcome): Outcome[] {
  return FROM_WORST.slice(0, FROM_WORST.indexOf(outcome));
}

export function isEnded(outcome: Outcome): boolean {
  return outcome === 'LOGGED_OUT' || outcome === 'ALREADY_INVALID';
}

/**
 * The revocation as its record stands.
 *
 * `roleSessions.mayContinueUntil` follows AWS's rule that Logout leaves role sessions running for as long as their
 * permission set says: the last Logout plus the longest such duration. While a session may still be alive it can still
 * hand out role sessions, so the reckoning then starts at `now`.
 */
export function describeRevocation({ header, outcomes }: RecordedRevocation, now: Date): Revocation {
  const ended = outcomes.length > 0 && outcomes.every(({ outcome }) => isEnded(outcome));
  const endedAt = new Date(Math.max(...outcomes.map(({ at }) => at.getTime())));
  const roleSessionsFrom = ended ? endedAt : now;
  return {
    revocationId: header.revocationId,
    status: statusOf(outcomes, ended),
    subject: header.subject,
    source: header.source,
    requestedBy: header.requestedBy,
    ...(header.reason !== undefined && { reason: header.reason }),
    requestedAt: header.requestedAt.toISOString(),
    completedAt: ended ? endedAt.toISOString() : null,
    sessions: {
      found: outcomes.length,
      loggedOut: count(outcomes, 'LOGGED_OUT'),
      alreadyInvalid: count(outcomes, 'ALREADY_INVALID'),
      pending: count(outcomes, 'PENDING'),
      failed: count(outcomes, 'FAILED'),
    },
    roleSessions: {
      mayContinueUntil: new Date(
        roleSessionsFrom.getTime() + header.maxRoleSessionSeconds * 1000,
      ).toISOString(),
      deniedAt: null,
    },
  };
}

function statusOf(outcomes: SessionOutcome[], ended: boolean): Revocation['status'] {
  if (ended) return 'COMPLETED';
  const settled = outcomes.length > 0 && count(outcomes, 'PENDING') === 0;
  return settled ? 'FAILED' : 'IN_PROGRESS';
}

function count(outcomes: SessionOutcome[], wanted: Outcome): number {
  return outcomes.filter(({ outcome }) => outcome === wanted).length;
}
