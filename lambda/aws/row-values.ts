import * as v from 'valibot';
import { ACCOUNT_ID, PERMISSION_SET_ARN, PERMISSION_SET_NAME } from '../domain/ids.ts';

/** An instant as an ISO 8601 text. */
export const Instant = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
);

/** An instant in seconds since 1970, as DynamoDB's TTL requires. Attributes that TTL does not use have a fraction. */
export const EpochSeconds = v.pipe(
  v.number(),
  v.transform((seconds) => new Date(Math.round(seconds * 1000))),
);

/** A permission set in an account. The parts become policy text, so they are checked: a row may hold anything. */
export const Assignment = v.object({
  accountId: v.pipe(v.string(), v.regex(ACCOUNT_ID)),
  permissionSetArn: v.pipe(v.string(), v.regex(PERMISSION_SET_ARN)),
  permissionSetName: v.pipe(v.string(), v.regex(PERMISSION_SET_NAME)),
});
