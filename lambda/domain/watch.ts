import type { AccessStatus } from './access.ts';
import type { Source } from './revocation.ts';

/** Counts what people must notice. Alarms watch the counts. */
export interface Watch {
  /** A session cannot be ended, by no retry, and may be alive. */
  rejected(session: { revocationId: string; sessionId: string; error: string }): void;
  /** The revocation of a user is over: it is done, or its last attempt failed. */
  over(revocation: RevocationOver): void;
}

export interface RevocationOver {
  revocationId: string;
  userId: string;
  source: Source;
  status: 'COMPLETED' | 'NOTHING_HELD' | 'FAILED';
  requestedAt: Date;
  at: Date;
}

/** Counts names that a record lacks. No alarm watches the count: every session is ended all the same. */
export interface NameWatch {
  /** A record without the user's name, because the name could not be read. */
  nameless(record: { revocationId: string; error: string }): void;
}

/** Counts access that a removed user keeps. An alarm watches the count. */
export interface AccessWatch {
  /** Some grants of the user cannot be taken away, or the last attempt failed. */
  accessLeft(removal: { revocationId: string; status: AccessStatus; left: number }): void;
}
