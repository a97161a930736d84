import * as v from 'valibot';

/** What EventBridge puts around every event. The sender chooses only `source`, `detail-type`, `resources` and `detail`. */
export const Envelope = v.object({
  id: v.pipe(v.string(), v.regex(/^[\w:.-]{1,128}$/)),
  source: v.string(),
  'detail-type': v.string(),
  // An event without an account is still an event; it only comes from no account that is believed.
  account: v.fallback(v.string(), ''),
  resources: v.fallback(v.array(v.unknown()), []),
  detail: v.optional(v.unknown()),
});
export type Envelope = v.InferOutput<typeof Envelope>;

/** An object of which nothing is known; empty where there is none. */
export const AnyObject = v.fallback(v.record(v.string(), v.unknown()), {});

/** A list of which nothing is known; empty where there is none. */
export const AnyList = v.fallback(v.array(v.unknown()), []);
