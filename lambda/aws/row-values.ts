import * as v from 'valibot';

/** An instant as an ISO 8601 text. */
export const Instant = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
);

/** An instant as DynamoDB's TTL wants it. */
export const EpochSeconds = v.pipe(
  v.number(),
  v.transform((seconds) => new Date(seconds * 1000)),
);
