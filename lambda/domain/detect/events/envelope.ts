import * as v from 'valibot';

const Time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
  v.date(),
);

/** The envelope of every EventBridge event. Its sender chooses only `source`, `detail-type`, `time`, `resources` and `detail`. */
export const Envelope = v.object({
  id: v.pipe(v.string(), v.regex(/^[\w:.-]{1,128}$/)),
  source: v.string(),
  'detail-type': v.string(),
  // An event without an account is accepted here. It is not trusted, because no trusted account is empty.
  account: v.fallback(v.string(), ''),
  // Required: otherwise a removal without a valid time would be malformed.
  time: v.fallback(v.optional(Time), undefined),
  resources: v.fallback(v.array(v.unknown()), []),
  detail: v.optional(v.unknown()),
});
export type Envelope = v.InferOutput<typeof Envelope>;

const Timed = v.object({ time: Time });

/** EventBridge gives whole seconds. Anything else that happened in the same second counts as earlier than the event. */
const REST_OF_SECOND = 999;

/**
 * The latest time at which the event can have happened. It is now if the event has no valid time. It is never later than now,
 * because the sender of an own event chooses its time.
 */
export function happenedUntil(event: unknown, now: Date): Date {
  const { success, output } = v.safeParse(Timed, event);
  const until = success ? output.time.getTime() + REST_OF_SECOND : now.getTime();
  return new Date(Math.min(until, now.getTime()));
}

/** An object with any content. Anything else becomes an empty object. */
export const AnyObject = v.fallback(v.record(v.string(), v.unknown()), {});

/** A list with any content. Anything else becomes an empty list. */
export const AnyList = v.fallback(v.array(v.unknown()), []);
