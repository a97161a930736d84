import { untilAnswer } from '../domain/deadline.ts';
import type { Clock } from '../domain/ports.ts';
import { type Lifting, liftEveryone } from '../domain/role-sessions/lift.ts';
import { reasonOf } from '../requests/parameters.ts';
import { type HttpFunction, httpHandler } from '../shell/http.ts';
import { rehearsalOf, request } from '../shell/rehearsal.ts';
import { logger } from '../shell/telemetry.ts';
import { wireLiftEveryone } from '../wiring/api.ts';

/**
 * `DELETE /deny-list/everyone?reason`: 202 with `{denialsLifted}`. The policies follow within seconds. Denials by revocations of
 * single users stay. 404 `not-denied` if no revocation of everyone denies anybody.
 */
export function liftAll(deps: { clock: Clock; lifting: Lifting }): HttpFunction {
  return async ({ query, caller }, deadline) => {
    const asked = { by: caller.name, reason: reasonOf(query.reason) };
    const denialsLifted = await liftEveryone(deps, asked, untilAnswer(deadline));
    logger.warn('lifted everyone', { denialsLifted });
    return { status: 202, body: { denialsLifted } };
  };
}

export const handler = httpHandler(liftAll(wireLiftEveryone()));
export const rehearsal = rehearsalOf(handler, request('DELETE /deny-list/everyone'));
