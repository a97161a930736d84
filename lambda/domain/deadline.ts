/** The time one invocation has left. */
export interface Deadline {
  remainingMillis(): number;
  /** Fires when the invocation is answered, even if work is still in progress. */
  signal: AbortSignal;
}

// All times are in milliseconds. A time that is left for later steps includes the time for the answer.

/** Calls to AWS leave this time for the answer. */
const ANSWER_MILLIS = 1_000;
/** Logouts leave this time for writing the record and deleting the cached copies. */
const BOOKKEEPING_MILLIS = 6_000;
/** Registering leaves this time for ending the session of a fenced user, and for the bookkeeping of that. */
const ENDING_MILLIS = 12_000;
/** The reconciler's work on the policies leaves this time for the records. */
const SETTLING_MILLIS = 10_000;
/** The maximum time for records in one run of the reconciler, because new denials wait for the next run. */
const RECORDS_MILLIS = 10_000;
/** The minimum time to write one record, and to wake the reconciler for the records that are left. */
const RECORD_MILLIS = 5_000;
/** The part of RECORD_MILLIS that is left for waking the reconciler. */
const WAKING_MILLIS = 3_000;
/** The minimum time to end and record a page of sessions or users. */
const PAGE_MILLIS = 10_000;

/** Fires when only the time for the answer is left. Use it for every call without a special signal below. */
export function untilAnswer(deadline: Deadline): AbortSignal {
  return untilBefore(deadline, ANSWER_MILLIS);
}

/** Fires early enough that the results of Logouts can still be recorded. */
export function untilBookkeeping(deadline: Deadline): AbortSignal {
  return untilBefore(deadline, BOOKKEEPING_MILLIS);
}

/** Fires early enough that a session can still be ended and recorded. */
export function untilEnding(deadline: Deadline): AbortSignal {
  return untilBefore(deadline, ENDING_MILLIS);
}

/** Fires early enough that the state of the policies can still be written into the records. */
export function untilSettling(deadline: Deadline): AbortSignal {
  return untilBefore(deadline, SETTLING_MILLIS);
}

/** Fires early enough that the reconciler can still be woken again. */
export function untilWaking(deadline: Deadline): AbortSignal {
  return untilBefore(deadline, WAKING_MILLIS);
}

/** Starts the time for records. @returns a function that says whether there is time for one more record */
export function timeForRecords(deadline: Deadline): () => boolean {
  const end = Math.max(RECORD_MILLIS, deadline.remainingMillis() - RECORDS_MILLIS);
  return () => deadline.remainingMillis() > end;
}

/** Whether there is time for one more page. A page that begins too late would be cut off in the middle. */
export function hasTimeForPage(deadline: Deadline): boolean {
  return deadline.remainingMillis() >= PAGE_MILLIS;
}

/** Lambda ends an invocation at most this long after its deadline. */
const INVOCATION_MARGIN_MILLIS = 2_000;

/** When a run must have ended, even if it crashes, because its invocation is over by then. */
export function overBy(deadline: Deadline, now: Date): Date {
  return new Date(now.getTime() + deadline.remainingMillis() + INVOCATION_MARGIN_MILLIS);
}

/** The same deadline, but these milliseconds earlier. They are left for other work. */
export function earlier(deadline: Deadline, millis: number): Deadline {
  return { ...deadline, remainingMillis: () => deadline.remainingMillis() - millis };
}

/** A signal that fires `reserveMillis` before the deadline, so that later steps keep their time. */
function untilBefore(deadline: Deadline, reserveMillis: number): AbortSignal {
  const left = Math.max(0, Math.floor(deadline.remainingMillis() - reserveMillis));
  return AbortSignal.any([deadline.signal, AbortSignal.timeout(left)]);
}
