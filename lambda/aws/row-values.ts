import * as v from 'valibot';
import { ACCOUNT_ID, PERMISSION_SET_ARN, PERMISSION_SET_NAME } from '../domain/ids.ts';

/** An instant as an ISO 8601 text. */
export const Instant = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
);

/** An instant as DynamoDB's TTL wants it; where it is not for the TTL, with its milliseconds. */
export const EpochSeconds = v.pipe(
  v.number(),
  v.transform((seconds) => new Date(Math.round(seconds * 1000))),
);

/** The parts of a permission set in an account that become policy text: checked, because a row may hold anything. */
export const Assignment = v.object({
  accountId: v.pipe(v.string(), v.regex(ACCOUNT_ID)),
  permissionSetArn: v.pipe(v.string(), v.regex(PERMISSION_SET_ARN)),
  permissionSetName: v.pipe(v.string(), v.regex(PERMISSION_SET_NAME)),
});
