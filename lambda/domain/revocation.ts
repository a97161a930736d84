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
  /** Of one that is not ended: until when its tokens are held. Whatever removes them before has ended it. */
  heldUntil?: Date;
}

export interface SessionCounts {
  found: number;
  loggedOut: number;
  alreadyInvalid: number;
  pending: number;
  failed: number;
}

/** Whom a revocation is about. A session's user is known where the caller or the token cache named one. */
export type Subject =
  | { sessionId: string; userId?: string }
  | { userId: string; userName?: string }
  | { everyone: true };

/** Of a revocation's reason, in characters. */
export const MAX_REASON_LENGTH = 512;

export type Source = 'http' | 'event' | 'sweep';

/**
 * Whether a revocation has its user's role sessions denied: `asked`, not by this stack, not without knowing the user, or
 * by the revocations of each user that it begins.
 */
export type DenialAsked = 'asked' | 'switched-off' | 'user-unknown' | 'per-user';

/** What became of a denial that was asked for; written when a policy is in place, not before. */
export interface Denied {
  deniedAt?: Date;
  /** When the policy lets go of it; in the past when it was cut short. */
  deniedUntil?: Date;
  notDenied?: 'no-room' | 'lifted';
  liftedBy?: string;
}

/** What is fixed when a revocation is requested. All else is derived from its outcomes, so that a retry cannot count twice. */
export interface RevocationHeader {
  revocationId: string;
  subject: Subject;
  source: Source;
  /** ARN of the IAM principal, issuer and subject of the JSON Web Token, or the event or sweep it comes from. */
  requestedBy: string;
  reason?: string;
  requestedAt: Date;
  /** The longest permission-set session duration in force at the request. */
  maxRoleSessionSeconds: number;
  denial: DenialAsked;
  denied?: Denied;
  /** Set when the user has no session left here, or all users have been listed. Not used for a session's revocation. */
  completion?: { at: Date; sessions: SessionCounts };
}

/** What became of one user under a revocation of everyone; `done` once the user's own revocation is complete. */
export interface UserShare {
  userId: string;
  revocationId: string;
  done: boolean;
  at: Date;
  sessions: SessionCounts;
}

/**
 * What an outcome may take the place of. They only get better: a 401 on a repetition must not hide a success, and of two
 * that say the same the first stands; only what is not ended yet is brought up to date.
 */
const REPLACES: Record<Outcome, Outcome[]> = {
  PENDING: ['PENDING'],
  FAILED: ['PENDING', 'FAILED'],
  ALREADY_INVALID: ['PENDING', 'FAILED'],
  LOGGED_OUT: ['PENDING', 'FAILED', 'ALREADY_INVALID'],
};

export function replaceableBy(outcome: Outcome): Outcome[] {
  return REPLACES[outcome];
}

export function isEnded(outcome: Outcome): boolean {
  return outcome === 'LOGGED_OUT' || outcome === 'ALREADY_INVALID';
}

export function countOf(outcomes: Pick<SessionOutcome, 'outcome'>[]): SessionCounts {
  const count = (wanted: Outcome) => outcomes.filter(({ outcome }) => outcome === wanted).length;
  return {
    found: outcomes.length,
    loggedOut: count('LOGGED_OUT'),
    alreadyInvalid: count('ALREADY_INVALID'),
    pending: count('PENDING'),
    failed: count('FAILED'),
  };
}
