import type { Access } from './access.ts';
import type { AssignedRole, DenialAsked, Denied } from './denial.ts';
import type { DomainErrorCode } from './errors.ts';
import type { Lifetimes } from './lifetimes.ts';

// To add an outcome, a source or a cause, add it to these lists: types, schemas of rows and messages, and counts are derived from
// them. test/lambda/domain/constants.test.ts adds one to each list and reads it back.

/** What happened to one session. `PENDING` and `FAILED` sessions may still be alive. */
export const OUTCOMES = ['LOGGED_OUT', 'ALREADY_INVALID', 'PENDING', 'FAILED'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface SessionOutcome {
  sessionId: string;
  outcome: Outcome;
  at: Date;
  /** Requests sent to the portal for it, the SDK's retries included. */
  attempts: number;
  /** The tool that registered the session. Absent if the session was not held, or if its row does not say. */
  registeredWith?: string;
  /** Why the session is not ended: the name of an error, never its text. */
  error?: string;
  /** How long the tokens of a session that is not ended are held. If they are deleted earlier, the session has been ended. */
  heldUntil?: Date;
}

/** The name of each outcome in the counts. */
export const COUNT_OF = {
  LOGGED_OUT: 'loggedOut',
  ALREADY_INVALID: 'alreadyInvalid',
  PENDING: 'pending',
  FAILED: 'failed',
} as const satisfies Record<Outcome, string>;

/** How many sessions a revocation found, and how many of them have each outcome. */
export type SessionCounts = Record<'found' | (typeof COUNT_OF)[Outcome], number>;

/**
 * Whom a revocation is about. A session has a user if the caller or the token cache names one. There is only a user name if the
 * directory has no such user. An assignment is an ended assignment of the user.
 */
export type Subject =
  | { sessionId: string; userId?: string }
  | { userId: string }
  | { userId: string; assignment: AssignedRole }
  | { userName: string }
  | { everyone: true };

/** The most characters that a reason may have. */
export const MAX_REASON_LENGTH = 512;

export const SOURCES = ['http', 'event', 'sweep'] as const;
export type Source = (typeof SOURCES)[number];

/** Why a revocation could do nothing from the start. `user-not-found`: no user has the name. */
export const REQUEST_ERRORS = ['user-not-found'] as const satisfies readonly DomainErrorCode[];
export type RequestError = (typeof REQUEST_ERRORS)[number];

/**
 * The fixed part of a revocation: its request, and the lifetimes in force at that time. The counts are not in it: they are derived
 * from the outcomes, because a retry would otherwise count a session twice.
 */
export interface RevocationHeader extends Lifetimes {
  revocationId: string;
  subject: Subject;
  source: Source;
  /** The ARN of the IAM principal, issuer and subject of the JSON Web Token, or the event or sweep that asked. */
  requestedBy: string;
  reason?: string;
  requestedAt: Date;
  /** The user's name then, or when a session was registered. Only in a stack that records user names. */
  recordedUserName?: string;
  denial: DenialAsked;
  /** The users whom a revocation of everyone neither signs out nor denies. Headers of earlier versions have none. */
  except?: string[];
  /** The id of the revocation of everyone that contains this one. */
  everyoneId?: string;
  /** When a removal was first carried out, confirmed by the directory or by the company's own event. Absent if it is no removal. */
  removedAt?: Date;
  /** If present, the revocation could look for nobody's sessions. It never has an outcome, a completion or a denial. */
  error?: RequestError;
  denied?: Denied;
  /** Only for a removal in a stack that takes access away. */
  access?: Access;
  /** Set when no session of the user is held any more, or when all users are listed. The revocation of a session has none. */
  completion?: { at: Date; sessions: SessionCounts };
}

/** The result for one user of a revocation of everyone. `done` once the user's own revocation is complete. */
export interface UserShare {
  userId: string;
  revocationId: string;
  done: boolean;
  at: Date;
  sessions: SessionCounts;
}

/**
 * Which outcomes an outcome may replace. An outcome only gets better: a 401 on a repetition must not hide a success. Of two equal
 * outcomes the first stays, unless the session is not ended yet: then the newer one has the newer times.
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

/** Builds the counts: the function gives each value. */
export function eachCount<T>(countOf: (name: keyof SessionCounts) => T): Record<keyof SessionCounts, T> {
  const names = ['found', ...Object.values(COUNT_OF)] as const;
  // The type of Object.fromEntries has lost the keys.
  return Object.fromEntries(names.map((name) => [name, countOf(name)])) as Record<keyof SessionCounts, T>;
}

/** The counts if there is no session. */
export const NONE: Readonly<SessionCounts> = eachCount(() => 0);
