/** The time one invocation has left. */
export interface Deadline {
  remainingMillis(): number;
  /** Fires when the invocation is answered without waiting any longer. */
  signal: AbortSignal;
}

/** A signal that fires `reserveMillis` before the deadline, so that later steps keep their time. */
export function untilBefore(deadline: Deadline, reserveMillis: number): AbortSignal {
  const left = Math.max(0, Math.floor(deadline.remainingMillis() - reserveMillis));
  return AbortSignal.any([deadline.signal, AbortSignal.timeout(left)]);
}
