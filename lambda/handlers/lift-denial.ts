import { untilAnswer } from '../domain/deadline.ts';
import { type LiftDeps, type Lifting, liftUser } from '../domain/role-sessions/lift.ts';
import { reasonOf, userIdOf } from '../requests/parameters.ts';
import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { NOBODY, rehearsalOf, request } from '../shell/rehearsal.ts';
import { logger } from '../shell/telemetry.ts';
import { wireLiftDenial } from '../wiring/api.ts';

/**
 * `DELETE /deny-list/{userId}?reason`: 202 with `{userId, denialsLifted}`. The user's sessions can be registered again at once,
 * and the policies follow within seconds. `deniedAsEveryoneUntil` is present if a revocation of everyone still denies the user.
 * 404 `not-denied` if no fence stands and nothing is denied.
 */
export function liftDenial(deps: LiftDeps & { lifting: Lifting }): HttpFunction {
  return async ({ pathParameters, query, caller }, deadline) => {
    const userId = userIdOf(pathParameters.userId);
    const asked = { userId, by: caller.name, reason: reasonOf(query.reason) };
    const lifted = await liftUser(deps, asked, untilAnswer(deadline));
    logger.warn('lifted', { userId, ...lifted });
    return { status: 202, body: { userId, ...lifted } };
  };
}

export const handler = httpHandler(liftDenial(wireLiftDenial()));
export const rehearsal = rehearsalOf(
  handler,
  request('DELETE /deny-list/{userId}', { parameters: { userId: NOBODY } }),
);
