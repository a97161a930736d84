import * as v from 'valibot';
import { MAX_USER_NAME_LENGTH, USER_ID, USER_NAME } from '../../ids.ts';

export const UserId = v.pipe(v.string(), v.regex(USER_ID), v.toLowerCase());
export const UserName = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.regex(USER_NAME),
  v.maxLength(MAX_USER_NAME_LENGTH),
);

/** The start of a user's ARN: without account and store, as in `arn:aws:identitystore:::user/…`, or with them. */
const USER_ARN = /^arn:[\w-]+:identitystore:[^:]*:[^:]*:([\w-]+\/){0,3}user\//;

/** A user id, or the ARN of a user. */
const UserReference = v.pipe(
  v.string(),
  v.transform((text) => text.replace(USER_ARN, '')),
  UserId,
);

/** The user id of the first value that is a user id or the ARN of a user. */
export function firstUserId(...values: unknown[]): string | undefined {
  for (const value of values) {
    const { success, output } = v.safeParse(UserReference, value);
    if (success) return output;
  }
  return undefined;
}
