import type { AccessStatus } from './access.ts';
import type { Source } from './revocation.ts';

/** What must not pass silently: it is counted, and alarms watch the counts. */
export interface Watch {
  /** A session that can never be ended and may be alive. */
  rejected(session: { revocationId: string; sessionId: string; error: string }): void;
  /** A revocation of a user that is over: done, or given up at the last attempt. */
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

/** What of user names must not pass silently: it is counted. No alarm: every session is ended all the same. */
export interface NameWatch {
  /** A record without the user's name, because the name could not be read. */
  nameless(record: { revocationId: string; error: string }): void;
}

/** What of taking access away must not pass silently: counted, with an alarm. */
export interface AccessWatch {
  /** Something that a removed user has cannot be taken away, or was given up. */
  accessLeft(removal: { revocationId: string; status: AccessStatus; left: number }): void;
}
