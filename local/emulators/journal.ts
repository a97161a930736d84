import { type Clock, hashOf } from './sign-ins.ts';

/** One request to an emulated service. */
export interface JournalEntry {
  readonly operation: string;
  /** base64url(SHA-256(access token)), of the token sent or, by `token`, issued; null where there is none. */
  readonly sessionId: string | null;
  /** HTTP status; null where no answer was sent. */
  readonly status: number | null;
  /** ISO 8601. */
  readonly at: string;
}

export interface Journal {
  readonly entries: readonly JournalEntry[];
  add(operation: string, token: string | undefined, status: number | null): void;
}

/** What was asked of the emulator, in order. It never holds a token. */
export function createJournal(clock: Clock): Journal {
  const entries: JournalEntry[] = [];
  return {
    entries,
    add(operation, token, status) {
      const sessionId = token ? hashOf(token) : null;
      entries.push({ operation, sessionId, status, at: new Date(clock()).toISOString() });
    },
  };
}
