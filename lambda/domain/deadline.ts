/** The time one invocation has left. */
export interface Deadline {
  remainingMillis(): number;
  /** Fires when the invocation is answered without waiting any longer. */
  signal: AbortSignal;
}

/** Time that every call to AWS leaves to the answer itself, in milliseconds. */
const ANSWER_MILLIS = 1_000;
/** Time that Logout leaves to the record's writes and the deletes, the answer included. */
const BOOKKEEPING_MILLIS = 6_000;
/** Time that registering leaves for ending the session of a fenced user, the bookkeeping included. */
const ENDING_MILLIS = 12_000;
/** Time that the policies leave to the records. */
const SETTLING_MILLIS = 10_000;
/** Time for the records in one run of the reconciler: what is denied meanwhile waits for the next run. */
const RECORDS_MILLIS = 10_000;
/** The least time in which a record can be told, and the reconciler be woken again for those that are left. */
const RECORD_MILLIS = 5_000;
/** Of these, time for waking, the answer included. */
const WAKING_MILLIS = 3_000;
/** The least time in which a page of sessions or users can be ended and recorded. */
const PAGE_MILLIS = 10_000;

/** Fires when only the time for the answer is left: for every call but those named below. */
export function untilAnswer(deadline: Deadline): AbortSignal {
  return untilBefore(deadline, ANSWER_MILLIS);
}

/** Fires early enough that what Logout did can still be recorded. */
export function untilBookkeeping(deadline: Deadline): AbortSignal {
  return untilBefore(deadline, BOOKKEEPING_MILLIS);
}

/** Fires early enough that a session can still be ended and recorded. */
export function untilEnding(deadline: Deadline): AbortSignal {
  return untilBefore(deadline, ENDING_MILLIS);
}

/** Fires early enough that the records can still be told what the policies say. */
export function untilSettling(deadline: Deadline): AbortSignal {
  return untilBefore(deadline, SETTLING_MILLIS);
}

/** Fires early enough that the reconciler can still be woken again. */
export function untilWaking(deadline: Deadline): AbortSignal {
  return untilBefore(deadline, WAKING_MILLIS);
}

/** @returns whether there is time for one more record, in the time that records have from now on */
export function timeForRecords(deadline: Deadline): () => boolean {
  const end = Math.max(RECORD_MILLIS, deadline.remainingMillis() - RECORDS_MILLIS);
  return () => deadline.remainingMillis() > end;
}

/** Whether there is time for one more page: a page that is begun late would be cut off in the middle. */
export function hasTimeForPage(deadline: Deadline): boolean {
  return deadline.remainingMillis() >= PAGE_MILLIS;
}

/** Lambda ends an invocation at most this long after its deadline. */
const INVOCATION_MARGIN_MILLIS = 2_000;

/** When a run must have ended, even if it crashed: its invocation is over by then. */
export function overBy(deadline: Deadline, now: Date): Date {
  return new Date(now.getTime() + deadline.remainingMillis() + INVOCATION_MARGIN_MILLIS);
}

/** The same deadline, moved earlier by these milliseconds, which are left for other work. */
export function earlier(deadline: Deadline, millis: number): Deadline {
  return { ...deadline, remainingMillis: () => deadline.remainingMillis() - millis };
}

/** A signal that fires `reserveMillis` before the deadline, so that later steps keep their time. */
function untilBefore(deadline: Deadline, reserveMillis: number): AbortSignal {
  const left = Math.max(0, Math.floor(deadline.remainingMillis() - reserveMillis));
  return AbortSignal.any([deadline.signal, AbortSignal.timeout(left)]);
}
