import * as v from 'valibot';
import { DomainError } from '../domain/errors.ts';
import { SESSION_ID, USER_ID } from '../domain/ids.ts';
import type { IdempotencyKey } from '../domain/revoke/idempotency.ts';
import type { HttpRequest } from '../shell/http-request.ts';
import { RequestError } from '../shell/problems.ts';
import { reason, userId } from './fields.ts';

const DEFAULT_LIMIT = 100;

/** The maximum number of items on a page, by route. */
export const MAX_LIMITS = { readRevocation: 1_000, listRevocations: 25, listSessions: 1_000 } as const;

/** @throws RequestError `invalid-parameter` */
export function limitOf(text: string | undefined, max: number): number {
  if (text === undefined) return Math.min(DEFAULT_LIMIT, max);
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= max) return limit;
  throw new RequestError('invalid-parameter', `limit must be a whole number from 1 to ${max}.`);
}

/** A cursor is the id of the last session, or the last user, on the previous page. @throws DomainError `cursor-invalid` */
export function cursorOf(text: string | undefined): string | undefined {
  if (text === undefined || SESSION_ID.test(text) || USER_ID.test(text)) return text;
  throw new DomainError('cursor-invalid', 'cursor must be the nextCursor of the page before.');
}

/** @throws RequestError `invalid-parameter` */
export function userIdOf(text: string | undefined): string {
  const result = v.safeParse(userId, text);
  if (result.success) return result.output;
  throw new RequestError('invalid-parameter', 'userId must be a user id of the identity store.');
}

/**
 * The reason in the query. A DELETE has no defined meaning for a body (RFC 9110 §9.3.5), and the body may not get here.
 *
 * @throws RequestError `invalid-parameter`
 */
export function reasonOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const result = v.safeParse(reason, text);
  if (result.success) return result.output;
  throw new RequestError('invalid-parameter', `reason ${result.issues[0].message}.`);
}

/**
 * Undefined without the header. The key may be a quoted string, as in the IETF's draft of the header, or a plain text.
 *
 * @throws RequestError `invalid-parameter`
 */
export function idempotencyKeyOf({ headers, caller }: HttpRequest): IdempotencyKey | undefined {
  const text = headers['idempotency-key']?.trim();
  if (text === undefined) return undefined;
  const [, quoted] = /^"((?:[^"\\]|\\["\\])*)"$/.exec(text) ?? [];
  const key = quoted?.replaceAll(/\\(["\\])/g, '$1') ?? text;
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return { key, owner: caller.owner };
  throw new RequestError('invalid-parameter', 'Idempotency-Key must be 1 to 255 printable ASCII characters.');
}
