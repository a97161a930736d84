import { MAX_EXCEPTED } from '../lambda/domain/denial.ts';
import { USER_ID } from '../lambda/domain/ids.ts';
import { requireWhole } from './require-between.ts';

/**
 * @returns the distinct ids in lower case, as the identity store writes them
 * @throws Error naming the value that is not a user id, or the number of ids if there are too many
 */
export function resolveBreakGlass(userIds: readonly string[]): string[] {
  const wrong = userIds.find((userId) => !USER_ID.test(userId));
  if (wrong !== undefined) {
    throw new Error(
      `breakGlassUserIds must be user ids of the identity store, not ${JSON.stringify(wrong)}.`,
    );
  }
  const distinct = [...new Set(userIds.map((userId) => userId.toLowerCase()))].sort();
  requireWhole('The number of breakGlassUserIds', distinct.length, 0, MAX_EXCEPTED);
  return distinct;
}
