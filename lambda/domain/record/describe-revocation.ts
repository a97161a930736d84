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
  /** Only if the revocation could do nothing from the start. */
  error?: RequestError;
  /** Only if a person has to do something. */
  next?: NextStep;
  subject: Subject;
  /** The user's name at that time. Only if the stack records user names, and the name was known. */
  recordedUserName?: string;
  source: Source;
  requestedBy: string;
  reason?: string;
  /** The users whom a revocation of everyone neither signs out nor denies. */
  except?: string[];
  /** The id of the revocation of everyone that contains this one. */
  everyoneId?: string;
  requestedAt: string;
  completedAt: string | null;
  sessions: SessionCounts;
  roleSessions: RoleSessions;
  /** Only for a removal in a stack that takes access away. */
  access?: AccessTaken;
}

/** What a removal took away of the user's own assignments and memberships. */
export interface AccessTaken {
  status: AccessStatus;
  assignments: GrantCounts;
  memberships: GrantCounts;
}

/** What is known about the role sessions that outlive the sign-in sessions. */
export interface RoleSessions {
  /** When everything has expired that the person had at the request. A denial does not change it: no policy reaches every account. */
  mayContinueUntil: string;
  /** When Organizations accepted the text of the policy that denies them. AWS takes some time more until it holds everywhere. */
  deniedAt: string | null;
  deniedUntil?: string;
  /** The policy's cutoff: role sessions issued earlier are denied. Absent if all are denied. */
  deniedIssuedBefore?: string;
  /** Why they are not denied, or not any more. */
  notDenied?: NotDenied;
  liftedBy?: string;
  /** The reason that the caller gave who lifted it. */
  liftedReason?: string;
}

/**
 * `pending`: the policy is not in place yet. `not-in-time`: it never was in place, and what it would have denied has expired. The
 * other values are those of `DenialAsked` and `Denied`.
 */
type NotDenied = Exclude<DenialAsked, 'asked'> | NonNullable<Denied['notDenied']> | 'pending' | 'not-in-time';

/** Describes the revocation as it is recorded now. */
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
