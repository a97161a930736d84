import * as v from 'valibot';
import { CAUSES, type Cause } from './cause.ts';
import { type DenialAsked, MAX_EXCEPTED } from './denial.ts';
import { REVOCATION_ID, SESSION_ID, USER_ID } from './ids.ts';
import type { Lifetimes } from './lifetimes.ts';
import { type RevocationHeader, SOURCES, type Subject } from './revocation.ts';

/** A revocation id. */
const id = v.pipe(v.string(), v.regex(REVOCATION_ID));

const userId = v.pipe(v.string(), v.regex(USER_ID), v.toLowerCase());

const common = {
  revocationId: id,
  source: v.picklist(SOURCES),
  requestedBy: v.string(),
  reason: v.exactOptional(v.string()),
  /** The id of the API request, for the logs. Absent if no request asked for the job, or if an earlier version queued it. */
  requestId: v.exactOptional(v.string()),
  /** ISO 8601 */
  requestedAt: v.pipe(
    v.string(),
    v.isoTimestamp(),
    v.check((text) => !Number.isNaN(Date.parse(text))),
  ),
};

const revokeUser = {
  kind: v.literal('revoke-user'),
  ...common,
  userId,
  /** The revocation of everyone that this one is part of. */
  everyoneId: v.exactOptional(id),
  /** Present if the denial of everyone covers this user. Jobs of an earlier version may lack it. */
  deniedBy: v.exactOptional(v.literal('everyone')),
  /** The only session to end. If absent, all sessions of the user end. */
  sessionId: v.exactOptional(v.pipe(v.string(), v.regex(SESSION_ID))),
};

/** The form of jobs of earlier versions, which have no `cause`. Such jobs may still be queued, noted or dead-lettered. */
const Formerly = v.pipe(
  v.object({ ...revokeUser, deleted: v.boolean(), removed: v.optional(v.boolean(), false) }),
  v.transform(({ deleted, removed, ...job }) => ({ ...job, cause: formerCause(deleted, removed) })),
);

function formerCause(deleted: boolean, removed: boolean): Cause {
  if (deleted) return 'deleted';
  return removed ? 'removed' : 'signed-out';
}

/** A queued piece of work. It holds everything that a worker needs, even if nothing is recorded yet. It holds no secrets. */
export const Job = v.union([
  v.object({ ...revokeUser, cause: v.picklist(CAUSES) }),
  v.object({
    kind: v.literal('revoke-everyone'),
    ...common,
    /** Users who are neither signed out nor denied. */
    except: v.exactOptional(v.pipe(v.array(userId), v.maxLength(MAX_EXCEPTED))),
    /** Where the fan-out continues. If absent, it begins at the start. */
    cursor: v.exactOptional(v.string()),
  }),
  Formerly,
]);

export type Job = v.InferOutput<typeof Job>;
export type RevokeUserJob = Extract<Job, { kind: 'revoke-user' }>;
export type RevokeEveryoneJob = Extract<Job, { kind: 'revoke-everyone' }>;

/** The input of `revokeUserJob`. */
export type RevokeUserAsked = Omit<RevokeUserJob, 'kind' | 'requestedAt' | 'reason' | 'requestId'> & {
  requestedAt: Date;
  reason?: string | undefined;
  requestId?: string | undefined;
};

/** Makes a job that ends the sessions of one user. */
export function revokeUserJob({ requestedAt, reason, requestId, ...asked }: RevokeUserAsked): RevokeUserJob {
  return {
    kind: 'revoke-user',
    ...asked,
    ...(reason !== undefined && { reason }),
    ...(requestId !== undefined && { requestId }),
    requestedAt: requestedAt.toISOString(),
  };
}

/** The header of the job's revocation. */
export function headerOf(
  job: Job,
  { portalSessionSeconds, maxRoleSessionSeconds }: Lifetimes,
  denial: DenialAsked,
): RevocationHeader {
  const { revocationId, source, requestedBy, reason, requestedAt } = job;
  return {
    revocationId,
    subject: subjectOf(job),
    source,
    requestedBy,
    ...(reason !== undefined && { reason }),
    requestedAt: new Date(requestedAt),
    portalSessionSeconds,
    maxRoleSessionSeconds,
    denial,
    ...(job.kind === 'revoke-everyone' && { except: job.except ?? [] }),
    ...(job.kind === 'revoke-user' && job.everyoneId !== undefined && { everyoneId: job.everyoneId }),
  };
}

function subjectOf(job: Job): Subject {
  if (job.kind === 'revoke-everyone') return { everyone: true };
  const { userId, sessionId } = job;
  return sessionId === undefined ? { userId } : { sessionId, userId };
}
