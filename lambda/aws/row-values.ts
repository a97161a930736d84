import * as v from 'valibot';

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
