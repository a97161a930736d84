import * as v from 'valibot';

const Time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
  v.date(),
);

/** What EventBridge puts around every event. The sender chooses only `source`, `detail-type`, `resources` and `detail`. */
export const Envelope = v.object({
  id: v.pipe(v.string(), v.regex(/^[\w:.-]{1,128}$/)),
  source: v.string(),
  'detail-type': v.string(),
  // An event without an account is still an event; it only comes from no account that is believed.
  account: v.fallback(v.string(), ''),
  // An event without a time is still an event.
  time: v.fallback(v.optional(Time), undefined),
  resources: v.fallback(v.array(v.unknown()), []),
  detail: v.optional(v.unknown()),
});
export type Envelope = v.InferOutput<typeof Envelope>;

const Timed = v.object({ time: Time });

/** EventBridge gives whole seconds: what happened in the same second is taken to have been before. */
const REST_OF_SECOND = 999;

/**
 * The moment until which the event has happened: never later than now, and now where the event does not say. The sender of
 * an own event chooses its time.
 */
export function happenedUntil(event: unknown, now: Date): Date {
  const { success, output } = v.safeParse(Timed, event);
  const until = success ? output.time.getTime() + REST_OF_SECOND : now.getTime();
  return new Date(Math.min(until, now.getTime()));
}

/** An object of which nothing is known; empty where there is none. */
export const AnyObject = v.fallback(v.record(v.string(), v.unknown()), {});

/** A list of which nothing is known; empty where there is none. */
export const AnyList = v.fallback(v.array(v.unknown()), []);
