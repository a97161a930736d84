import * as v from 'valibot';
import type { EveryoneRequest } from '../domain/revoke/revoke-everyone.ts';
import type { HttpRequest } from '../shell/http-request.ts';
import { jsonObject, parseBody } from './body.ts';
import { reason } from './fields.ts';
import { idempotencyKeyOf } from './parameters.ts';

const Body = v.pipe(jsonObject, v.object({ reason: v.pipe(reason, v.nonEmpty('must say why')) }));

/** What `POST /revocations/everyone` asks for. @throws RequestError `invalid-body`, `invalid-parameter` */
export function everyoneRequest(request: HttpRequest): EveryoneRequest {
  const { reason: why } = parseBody(Body, request.body);
  return { requestedBy: request.caller.name, reason: why, idempotencyKey: idempotencyKeyOf(request) };
}
