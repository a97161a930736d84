import type { Access } from './access.ts';
import type { AssignedRole, DenialAsked, Denied } from './denial.ts';
import type { DomainErrorCode } from './errors.ts';
import type { Lifetimes } from './lifetimes.ts';

// The lists below are the one place for a new outcome, source or cause: types, schemas of rows and messages, and counts
// are made from them. test/lambda/domain/constants.test.ts adds one to each and reads it back.

/** What happened to one session. `PENDING` and `FAILED` sessions may still be alive. */
export const OUTCOMES = ['LOGGED_OUT', 'ALREADY_INVALID', 'PENDING', 'FAILED'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface SessionOutcome {
  sessionId: string;
  outcome: Outcome;
  at: Date;
  /** Requests sent to the portal for it, the SDK's retries included. */
  attempts: number;
  /** As of the held session; absent of one that was not held, or of which nothing is known. */
  registeredWith?: string;
  /** Why it is not ended; an error's name, never its text. */
  error?: string;
  /** Of one that is not ended: until when its tokens are held. Whatever removes them before has ended it. */
  heldUntil?: Date;
}

/** Under which name each outcome is counted. */
export const COUNT_OF = {
  LOGGED_OUT: 'loggedOut',
  ALREADY_INVALID: 'alreadyInvalid',
  PENDING: 'pending',
  FAILED: 'failed',
} as const satisfies Record<Outcome, string>;

/** The sessions of a revocation: how many were found, and how many of them have each outcome. */
export type SessionCounts = Record<'found' | (typeof COUNT_OF)[Outcome], number>;

/**
 * Whom a revocation is about. A session's user is known where the caller or the token cache named one. A user is known by
 * the name alone only where it leads to no id. An assignment is one that the user had, and that has ended.
 */
export type Subject =
  | { sessionId: string; userId?: string }
  | { userId: string }
  | { userId: string; assignment: AssignedRole }
  | { userName: string }
  | { everyone: true };

/** Of a revocation's reason, in characters. */
export const MAX_REASON_LENGTH = 512;

export const SOURCES = ['http', 'event', 'sweep'] as const;
export type Source = (typeof SOURCES)[number];

/** Why a revocation came to nothing as soon as it was requested. `user-not-found`: its user name is nobody's. */
export const REQUEST_ERRORS = ['user-not-found'] as const satisfies readonly DomainErrorCode[];
export type RequestError = (typeof REQUEST_ERRORS)[number];

/**
 * The fixed part of a revocation: its request, and the lifetimes in force then. Counts are derived from the outcomes: otherwise
 * a retry would count a session twice.
 */
export interface RevocationHeader extends Lifetimes {
  revocationId: string;
  subject: Subject;
  source: Source;
  /** ARN of the IAM principal, issuer and subject of the JSON Web Token, or the event or sweep it comes from. */
  requestedBy: string;
  reason?: string;
  requestedAt: Date;
  /** The user's name then, or when a session was registered. Only in a stack that records user names. */
  recordedUserName?: string;
  denial: DenialAsked;
  /** Of a revocation of everyone: the users who are neither signed out nor denied. Absent of headers from before there were any. */
  except?: string[];
  /** The revocation of everyone that this one is part of. */
  everyoneId?: string;
  /** When a removal was first carried out, confirmed by the directory or by the company's own word; absent of anything else. */
  removedAt?: Date;
  /** Then there was nobody whose sessions could be looked for: there is no outcome, no completion and no denial, ever. */
  error?: RequestError;
  denied?: Denied;
  /** Only of a removal in a stack that takes access away. */
  access?: Access;
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
  const counts = { ...NONE, found: outcomes.length };
  for (const { outcome } of outcomes) counts[COUNT_OF[outcome]] += 1;
  return counts;
}

export function sum(a: SessionCounts, b: SessionCounts): SessionCounts {
  return eachCount((name) => a[name] + b[name]);
}

/** The counts, each as the function says. */
export function eachCount<T>(countOf: (name: keyof SessionCounts) => T): Record<keyof SessionCounts, T> {
  const names = ['found', ...Object.values(COUNT_OF)] as const;
  // Object.fromEntries forgets which keys it was given.
  return Object.fromEntries(names.map((name) => [name, countOf(name)])) as Record<keyof SessionCounts, T>;
}

/** The counts of no session. */
export const NONE: Readonly<SessionCounts> = eachCount(() => 0);
