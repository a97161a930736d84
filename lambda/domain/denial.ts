import { CAUSES } from './cause.ts';

/**
 * Whether a revocation asks for a denial of its user's role sessions:
 * - `asked`: it does
 * - `switched-off`: this stack denies no role sessions
 * - `user-unknown`: nobody knows who the user is
 * - `per-user`: another revocation of the same user asks for the denial
 * - `everyone`: this revocation is part of a revocation of everyone, whose denial covers this user
 */
export const DENIALS_ASKED = ['asked', 'switched-off', 'user-unknown', 'per-user', 'everyone'] as const;
export type DenialAsked = (typeof DENIALS_ASKED)[number];

/** Why a requested denial is not in force, as its record says. */
export const NOT_DENIED = ['no-room', 'lifted'] as const;

/** The state of an entry, as the record of its revocation states it. The reconciler writes the records in this order. */
export const SETTLED = ['denied', 'lifted', 'no-room'] as const satisfies readonly (
  | 'denied'
  | (typeof NOT_DENIED)[number]
)[];
export type Settled = (typeof SETTLED)[number];

/** The state of a requested denial. The reconciler writes it when a policy states it, has no room for it, or it was lifted. */
export interface Denied {
  /** When Organizations accepted the policy. AWS takes some more time to enforce it everywhere. */
  deniedAt?: Date;
  /** When the denial ends; in the past if it was lifted early. */
  deniedUntil?: Date;
  /** The cutoff in the policy. It is later than the request if cutoffs were merged. Absent if all role sessions are denied. */
  deniedIssuedBefore?: Date;
  notDenied?: (typeof NOT_DENIED)[number];
  liftedBy?: string;
  /** The reason that the person who lifted it gave. */
  liftedReason?: string;
}

/** Stands for everybody on the deny list. It does not have the form of a user id, so no user can have it. */
export const EVERYONE = 'everyone';

/** The maximum number of users that a revocation of everyone may except. Each of them takes room in a policy. */
export const MAX_EXCEPTED = 20;
/** Why role sessions are denied: the cause of the user's revocation, or the end of an account assignment. */
export const DENIAL_CAUSES = [...CAUSES, 'assignment-ended'] as const;
export type DenialCause = (typeof DENIAL_CAUSES)[number];

/** A permission set in an account. Identity Center makes one role in the account for it. */
export interface AssignedRole {
  accountId: string;
  permissionSetArn: string;
  permissionSetName: string;
}
/** The denial that one revocation requests. It ends when no role session that it must cover can be valid any more. */
export interface Denial {
  /** `EVERYONE` for a revocation of everyone. */
  userId: string;
  /** The ids of the users who are not denied. Only for a revocation of everyone. */
  except?: string[];
  revocationId: string;
  /** Entries of an earlier version have neither `cause` nor `askedAt`. */
  cause?: DenialCause;
  askedAt?: Date;
  /** Denies only role sessions that were issued before this time, so that a newer sign-in works. Absent for a removed user. */
  issuedBefore?: Date;
  /** Denies only role sessions of this role. Only with the cause `assignment-ended`, and always with `issuedBefore`. */
  assignment?: AssignedRole;
  until: Date;
}

/** What the reconciler notes on an entry. */
export interface Noted {
  /** When Organizations accepted the policy that denies it. */
  deniedAt?: Date;
  /** When the policies stopped denying it, if that was before `until`. */
  letGoAt?: Date;
  /** The cutoff that the policy states for it. */
  deniedIssuedBefore?: Date;
  /** Absent until the reconciler has written the record. A changed entry loses it again. */
  settled?: Settled;
}

/** Somebody ended a denial early. */
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

/** Whether the entry denies all role sessions of the user, because it has no cutoff. */
export function isRemovalEntry({ issuedBefore }: DenyEntry): boolean {
  return issuedBefore === undefined;
}
