import * as v from 'valibot';
import { REVOCATION_ID, SESSION_ID, USER_ID } from './ids.ts';

const userId = v.pipe(v.string(), v.regex(USER_ID), v.toLowerCase());

/**
 * What functions that may not ask for a revocation report to the workers. A report is a hint where to look: the worker
 * believes nothing of it, and acts on what it finds itself. So a stolen role that may send reports can have nobody removed.
 */
export const Report = v.variant('kind', [
  /** A revocation that was begun long ago. The worker carries out the job as it is noted, if it is. */
  v.object({
    kind: v.literal('stuck'),
    of: v.picklist(['user', 'everyone']),
    revocationId: v.pipe(v.string(), v.regex(REVOCATION_ID)),
  }),
  /** A user with held sessions who may have left. The worker asks the directory. */
  v.object({ kind: v.literal('gone'), userId, at: v.pipe(v.string(), v.isoTimestamp()) }),
  /** A user who is denied or refused as removed and may have come back. The worker asks the directory. */
  v.object({ kind: v.literal('back'), userId }),
  /** A session that was registered under a fence. The worker reads both. */
  v.object({ kind: v.literal('fenced'), userId, sessionId: v.pipe(v.string(), v.regex(SESSION_ID)) }),
]);

export type Report = v.InferOutput<typeof Report>;
