import * as v from 'valibot';
import { CAUSES } from './cause.ts';
import { REVOCATION_ID, USER_ID } from './ids.ts';
import type { RevokeUserJob } from './job.ts';

const text = (pattern: RegExp) => v.pipe(v.string(), v.regex(pattern));

/** A request to take away a removed user's access. It only says where to look; the worker checks the rest. */
export const RemoveAccessJob = v.object({
  kind: v.literal('remove-access'),
  revocationId: text(REVOCATION_ID),
  userId: v.pipe(text(USER_ID), v.toLowerCase()),
  /** Why the user was removed. Only the company's own event overrides the directory, for one hour. */
  cause: v.picklist(CAUSES),
});

export type RemoveAccessJob = v.InferOutput<typeof RemoveAccessJob>;

export function removeAccessJob({ revocationId, userId, cause }: RevokeUserJob): RemoveAccessJob {
  return { kind: 'remove-access', revocationId, userId, cause };
}
