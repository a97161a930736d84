import { CAUSES } from './cause.ts';

/**
 * Whether a revocation has its user's role sessions denied: `asked`; `switched-off`: this stack denies none;
 * `user-unknown`: nobody knows whose session it was; `per-user`: another revocation, of the user, asks for it; `everyone`: the revocation of everyone, which this one is
 * part of, denies this user too.
 */
export const DENIALS_ASKED = ['asked', 'switched-off', 'user-unknown', 'per-user', 'everyone'] as const;
export type DenialAsked = (typeof DENIALS_ASKED)[number];

/** Why a denial that was asked for does not hold, as its record says it. */
export const NOT_DENIED = ['no-room', 'lifted'] as const;

/** What the record of the revocation says of an entry as it stands. The first in the list is recorded first. */
export const SETTLED = ['denied', 'lifted', 'no-room'] as const satisfies readonly (
  | 'denied'
  | (typeof NOT_DENIED)[number]
)[];
export type Settled = (typeof SETTLED)[number];

/** The state of a requested denial. It is written only once a policy is in place. */
export interface Denied {
  /** When Organizations accepted the text; AWS takes some time more until it holds everywhere. */
  deniedAt?: Date;
  /** When the denial ends; in the past if it was lifted early. */
  deniedUntil?: Date;
  /** The cutoff that the policy has: later than the request if cutoffs were merged. Absent where all role sessions are denied. */
  deniedIssuedBefore?: Date;
  notDenied?: (typeof NOT_DENIED)[number];
  liftedBy?: string;
  /** Why, if whoever lifted it said so. */
  liftedReason?: string;
}

/** Stands for everybody on the deny list. Not of the form of a user id, so no user can have it. */
export const EVERYONE = 'everyone';

/** The most users that a revocation of everyone may leave out: each takes room in a policy. */
export const MAX_EXCEPTED = 20;
/** Why role sessions are denied: why a user's sessions end, or because an account assignment of the user has ended. */
export const DENIAL_CAUSES = [...CAUSES, 'assignment-ended'] as const;
export type DenialCause = (typeof DENIAL_CAUSES)[number];

/** A permission set in an account: its role is what role sessions are of. */
export interface AssignedRole {
  accountId: string;
  permissionSetArn: string;
  permissionSetName: string;
}
/** What one revocation asks for: that its user's role sessions be denied until the longest of them is over. */
export interface Denial {
  /** Of a revocation of everyone `EVERYONE`. */
  userId: string;
  /** Of a revocation of everyone, and of no other: ids of the users who are not denied. */
  except?: string[];
  revocationId: string;
  /** Absent of entries of before, as is `askedAt`. */
  cause?: DenialCause;
  askedAt?: Date;
  /** Only role sessions issued before, so that a newer sign-in works; all of them where absent: the user was removed. */
  issuedBefore?: Date;
  /** Only role sessions of this role; those of all roles where absent. Goes with `assignment-ended`, and with a cutoff. */
  assignment?: AssignedRole;
  until: Date;
}

/** What the reconciler notes of an entry. */
export interface Noted {
  /** Since when the text of a policy denies it, as Organizations accepted it. */
  deniedAt?: Date;
  /** When the denial ended before its time. */
  letGoAt?: Date;
  /** The cutoff that the policy has for it. */
  deniedIssuedBefore?: Date;
  /** Absent while the record is behind: the entry is new, or was changed. */
  settled?: Settled;
}

/** That a denial was ended before its time. */
export interface Lift {
  at: Date;
  by: string;
  reason?: string;
}

/** A denial on the deny list. */
export interface DenyEntry extends Denial, Noted {
  lifted?: Lift;
}

export function isInForce({ until, lifted }: DenyEntry, now: Date): boolean {
  return until > now && lifted === undefined;
}

/** Whether it denies every role session of the user: one without a cutoff. */
export function isRemovalEntry({ issuedBefore }: DenyEntry): boolean {
  return issuedBefore === undefined;
}
