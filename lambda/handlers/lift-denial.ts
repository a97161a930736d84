import { untilAnswer } from '../domain/deadline.ts';
import { type LiftDenialsDeps, liftDenials } from '../domain/role-sessions/deny-list.ts';
import { userIdOf } from '../requests/parameters.ts';
import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { logger } from '../shell/telemetry.ts';
import { wireLiftDenial } from '../wiring.ts';

/**
 * `DELETE /deny-list/{userId}`: 202 with `{userId, denialsLifted}`; the policies follow within seconds. 404 `not-denied`
 * if there is nothing to lift.
 */
export function liftDenial(deps: LiftDenialsDeps): HttpFunction {
  return async ({ pathParameters, caller }, deadline) => {
    const userId = userIdOf(pathParameters.userId);
    const asked = { userId, by: caller, what: 'all' } as const;
    const denialsLifted = await liftDenials(deps, asked, untilAnswer(deadline));
    logger.warn('lifted', { userId, denialsLifted });
    return { status: 202, body: { userId, denialsLifted } };
  };
}

export const handler = httpHandler(liftDenial(wireLiftDenial()));
