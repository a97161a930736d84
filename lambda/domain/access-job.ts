import * as v from 'valibot';
import { CAUSES } from './cause.ts';
import { REVOCATION_ID, USER_ID } from './ids.ts';
import type { RevokeUserJob } from './job.ts';

const text = (pattern: RegExp) => v.pipe(v.string(), v.regex(pattern));

/** That a removal is to take away what the user has; no more than where to look. */
export const RemoveAccessJob = v.object({
  kind: v.literal('remove-access'),
  revocationId: text(REVOCATION_ID),
  userId: v.pipe(text(USER_ID), v.toLowerCase()),
  /** Whose word the removal is: only the company's own stands against the directory while it is young. */
  cause: v.picklist(CAUSES),
});

export type RemoveAccessJob = v.InferOutput<typeof RemoveAccessJob>;

export function removeAccessJob({ revocationId, userId, cause }: RevokeUserJob): RemoveAccessJob {
  return { kind: 'remove-access', revocationId, userId, cause };
}
