import * as v from 'valibot';
import type { HttpRequest } from '../shell/http-request.ts';
import { jsonObject, parseBody } from './body.ts';
import { reason } from './fields.ts';

const Body = v.pipe(jsonObject, v.object({ reason: v.pipe(reason, v.nonEmpty('must say why')) }));

/** What `POST /revocations/everyone` asks for. @throws RequestError `invalid-body` */
export function everyoneRequest({ body, caller }: HttpRequest): { requestedBy: string; reason: string } {
  return { requestedBy: caller.name, reason: parseBody(Body, body).reason };
}
