import type { Access, AccessStatus, GrantCounts } from '../access.ts';
import type { DenialAsked, Denied } from '../denial.ts';
import type { RequestError, RevocationHeader, SessionCounts, Source, Subject } from '../revocation.ts';
import { denialEndsAt } from './denial-end.ts';
import { mayContinueUntil } from './may-continue.ts';
import { type NextStep, nextStep } from './next-step.ts';
import { progressOf, type RecordedRevocation, type Status } from './progress.ts';

/** A revocation as the API answers it; instants are ISO 8601 in UTC. */
export interface Revocation {
  revocationId: string;
  status: Status;
  /** Only where it came to nothing as soon as it was requested. */
  error?: RequestError;
  /** Only where a person has to do something. */
  next?: NextStep;
  subject: Subject;
  /** The user's name at that time. Only in a stack that records user names, and only where the name was known. */
  recordedUserName?: string;
  source: Source;
  requestedBy: string;
  reason?: string;
  /** Of a revocation of everyone: the users who are neither signed out nor denied. */
  except?: string[];
  /** The revocation of everyone that this one is part of. */
  everyoneId?: string;
  requestedAt: string;
  completedAt: string | null;
  sessions: SessionCounts;
  roleSessions: RoleSessions;
  /** Only of a removal in a stack that takes access away. */
  access?: AccessTaken;
}

/** What the removal took away of what the user had of their own. */
export interface AccessTaken {
  status: AccessStatus;
  assignments: GrantCounts;
  memberships: GrantCounts;
}

/** What is known of the role sessions that outlive the sign-in sessions. */
export interface RoleSessions {
  /** When all is over that the person had at the request. Whether denied or not: a policy does not reach every account. */
  mayContinueUntil: string;
  /** When Organizations accepted the text of the policy that denies them. AWS takes some time more until it holds everywhere. */
  deniedAt: string | null;
  deniedUntil?: string;
  /** The cutoff that the policy has: role sessions issued before are denied. Absent where all are. */
  deniedIssuedBefore?: string;
  /** Why they are not denied, or no longer. */
  notDenied?: NotDenied;
  liftedBy?: string;
  /** Why, if whoever lifted it said so. */
  liftedReason?: string;
}

/**
 * `pending`: the policy is not in place yet. `not-in-time`: it never was, and what it would have denied is over. The others
 * as in `DenialAsked` and `Denied`.
 */
type NotDenied = Exclude<DenialAsked, 'asked'> | NonNullable<Denied['notDenied']> | 'pending' | 'not-in-time';

/** The revocation as its record stands. */
export function describeRevocation(recorded: RecordedRevocation, now: Date): Revocation {
  const { header } = recorded;
  const progress = progressOf(recorded, now);
  const next = nextStep(recorded, progress, now);
  return {
    revocationId: header.revocationId,
    status: progress.status,
    ...(header.error !== undefined && { error: header.error }),
    ...(next && { next }),
    subject: header.subject,
    ...(header.recordedUserName !== undefined && { recordedUserName: header.recordedUserName }),
    source: header.source,
    requestedBy: header.requestedBy,
    ...(header.reason !== undefined && { reason: header.reason }),
    ...(header.except && { except: header.except }),
    ...(header.everyoneId !== undefined && { everyoneId: header.everyoneId }),
    requestedAt: header.requestedAt.toISOString(),
    completedAt: progress.completedAt?.toISOString() ?? null,
    sessions: progress.sessions,
    roleSessions: roleSessionsOf(header, mayContinueUntil(recorded, progress, now), now),
    ...(header.access && { access: accessTaken(header.access) }),
  };
}

function accessTaken({ status, assignments, memberships }: Access): AccessTaken {
  return { status, assignments, memberships };
}

function roleSessionsOf(header: RevocationHeader, until: Date, now: Date): RoleSessions {
  const { denied = {} } = header;
  const notDenied = whyNotDenied(header, now);
  return {
    mayContinueUntil: until.toISOString(),
    deniedAt: denied.deniedAt?.toISOString() ?? null,
    ...(denied.deniedUntil && { deniedUntil: denied.deniedUntil.toISOString() }),
    ...(denied.deniedIssuedBefore && { deniedIssuedBefore: denied.deniedIssuedBefore.toISOString() }),
    ...(notDenied && { notDenied }),
    ...(denied.liftedBy !== undefined && { liftedBy: denied.liftedBy }),
    ...(denied.liftedReason !== undefined && { liftedReason: denied.liftedReason }),
  };
}

function whyNotDenied(header: RevocationHeader, now: Date): NotDenied | undefined {
  const { denial, denied } = header;
  if (denied) return denied.notDenied;
  if (denial !== 'asked') return denial;
  return denialEndsAt(header) <= now ? 'not-in-time' : 'pending';
}
