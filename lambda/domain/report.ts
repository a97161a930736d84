import * as v from 'valibot';
import { REVOCATION_ID, SESSION_ID, USER_ID } from './ids.ts';

const userId = v.pipe(v.string(), v.regex(USER_ID), v.toLowerCase());

/**
 * A message to the workers from functions that may not request a revocation. It only says where to look. The worker does not
 * trust it, and acts on what it finds itself. So nobody can remove a user with a stolen role that may send reports.
 */
export const Report = v.variant('kind', [
  /** A revocation that may be stuck. If its job is noted, the worker queues that job. */
  v.object({
    kind: v.literal('stuck'),
    of: v.picklist(['user', 'everyone']),
    revocationId: v.pipe(v.string(), v.regex(REVOCATION_ID)),
  }),
  /** A user with held sessions who may have been removed. The worker asks the directory. */
  v.object({ kind: v.literal('gone'), userId, at: v.pipe(v.string(), v.isoTimestamp()) }),
  /** A user who was removed and may be enabled again. The worker asks the directory. */
  v.object({ kind: v.literal('back'), userId }),
  /** A session that may have been registered under a fence. The worker reads the session and the fence. */
  v.object({ kind: v.literal('fenced'), userId, sessionId: v.pipe(v.string(), v.regex(SESSION_ID)) }),
]);

export type Report = v.InferOutput<typeof Report>;
