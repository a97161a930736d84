import { untilAnswer } from '../domain/deadline.ts';
import { type LiftDeps, lift } from '../domain/role-sessions/lift.ts';
import { userIdOf } from '../requests/parameters.ts';
import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { logger } from '../shell/telemetry.ts';
import { wireLiftDenial } from '../wiring/api.ts';

/**
 * `DELETE /deny-list/{userId}`: 202 with `{userId, denialsLifted}`. The user's sign-ins are held again at once, and the
 * policies follow within seconds. 404 `not-denied` if no fence stands and nothing is denied.
 */
export function liftDenial(deps: LiftDeps): HttpFunction {
  return async ({ pathParameters, caller }, deadline) => {
    const userId = userIdOf(pathParameters.userId);
    const asked = { userId, by: caller.name, what: { kind: 'all' } } as const;
    const denialsLifted = await lift(deps, asked, untilAnswer(deadline));
    logger.warn('lifted', { userId, denialsLifted });
    return { status: 202, body: { userId, denialsLifted } };
  };
}

export const handler = httpHandler(liftDenial(wireLiftDenial()));
