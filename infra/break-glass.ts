import { MAX_EXCEPTED } from '../lambda/domain/denial.ts';
import { USER_ID } from '../lambda/domain/ids.ts';
import { requireWhole } from './require-between.ts';

/**
 * In the letter case of the identity store.
 *
 * @throws Error naming what is no user id, or their number if there are too many
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
