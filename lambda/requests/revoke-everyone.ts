import * as v from 'valibot';
import { MAX_EXCEPTED } from '../domain/denial.ts';
import { type EveryoneRequest, union } from '../domain/revoke/request-everyone.ts';
import type { HttpRequest } from '../shell/http-request.ts';
import { jsonObject, parseBody } from './body.ts';
import { reason, userId } from './fields.ts';
import { idempotencyKeyOf } from './parameters.ts';

/** The users whom the stack excepts count towards the maximum. */
function bodyFor(breakGlassUserIds: readonly string[]) {
  const fits = (ids: string[]) => union(breakGlassUserIds, ids).length <= MAX_EXCEPTED;
  const besides = breakGlassUserIds.length > 0 ? `, with the ${breakGlassUserIds.length} of this stack` : '';
  const except = v.pipe(
    v.array(userId, 'must be an array of user ids'),
    v.check(fits, `must name ${MAX_EXCEPTED} users at most${besides}`),
  );
  const why = v.pipe(reason, v.nonEmpty('must say why'));
  return v.pipe(jsonObject, v.object({ reason: why, except: v.optional(except) }));
}

/** The body for a stack that excepts nobody. */
export const EveryoneBody = bodyFor([]);

/**
 * The request of `POST /revocations/everyone`.
 *
 * @param breakGlassUserIds - the users whom the stack always excepts
 * @throws RequestError `invalid-body`, `invalid-parameter`
 */
export function everyoneRequest(request: HttpRequest, breakGlassUserIds: readonly string[]): EveryoneRequest {
  const { reason: why, except } = parseBody(bodyFor(breakGlassUserIds), request.body);
  const { caller, requestId } = request;
  const idempotencyKey = idempotencyKeyOf(request);
  return { requestedBy: caller.name, reason: why, requestId, except, idempotencyKey };
}
