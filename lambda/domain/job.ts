import * as v from 'valibot';
import { ID } from './ids.ts';
import type { DenialAsked, RevocationHeader } from './revocation.ts';
import { USER_ID } from './user.ts';

/** Of a revocation. */
const id = v.pipe(v.string(), v.regex(ID));

const common = {
  revocationId: id,
  source: v.picklist(['http', 'event', 'sweep']),
  requestedBy: v.string(),
  reason: v.exactOptional(v.string()),
  /** ISO 8601 */
  requestedAt: v.pipe(
    v.string(),
    v.isoTimestamp(),
    v.check((text) => !Number.isNaN(Date.parse(text))),
  ),
};

/** A queued piece of work; complete in itself, so that it can be done even if nothing of it is recorded yet. No secrets. */
export const Job = v.variant('kind', [
  v.object({
    kind: v.literal('revoke-user'),
    ...common,
    userId: v.pipe(v.string(), v.regex(USER_ID), v.toLowerCase()),
    /** The user is gone from the identity store for good. */
    deleted: v.boolean(),
    /** The user may not sign in any more. Jobs of before there was a deny list do not say. */
    removed: v.optional(v.boolean(), false),
    /** The revocation of everyone that this one is part of. */
    everyoneId: v.exactOptional(id),
  }),
  v.object({
    kind: v.literal('revoke-everyone'),
    ...common,
    /** Where the fan-out goes on; from the start when absent. */
    cursor: v.exactOptional(v.string()),
  }),
]);

export type Job = v.InferOutput<typeof Job>;
export type RevokeUserJob = Extract<Job, { kind: 'revoke-user' }>;
export type RevokeEveryoneJob = Extract<Job, { kind: 'revoke-everyone' }>;

/** The header of the revocation that a job is to carry out. */
export function headerOf(job: Job, maxRoleSessionSeconds: number, denial: DenialAsked): RevocationHeader {
  const { revocationId, source, requestedBy, reason, requestedAt } = job;
  return {
    revocationId,
    subject: job.kind === 'revoke-user' ? { userId: job.userId } : { everyone: true },
    source,
    requestedBy,
    ...(reason !== undefined && { reason }),
    requestedAt: new Date(requestedAt),
    maxRoleSessionSeconds,
    denial,
  };
}
