import type { Clock } from '../../ground/clock.ts';
import { hashOf } from '../../ground/token-hash.ts';

/** One request to an emulated service. */
export interface JournalEntry {
  /** `logout`, `token`, … for signing in; `kms:Decrypt`, `sqs:SendMessage`, … for the other services. */
  readonly operation: string;
  /** base64url(SHA-256(access token)) of the token that was sent or, by `token`, issued; null if there is none. */
  readonly sessionId: string | null;
  /** HTTP status; null if no answer was sent. */
  readonly status: number | null;
  /** ISO 8601 with milliseconds. */
  readonly at: string;
}

export interface Journal {
  readonly entries: readonly JournalEntry[];
  add(operation: string, token: string | undefined, status: number | null): void;
  /** The entries about one session, oldest first. An index finds them. */
  about(sessionId: string): readonly JournalEntry[];
  /** Counts a request as unanswered until the returned function is called. */
  begin(operation: string): () => void;
  /** The most requests of this operation that were unanswered at the same time. */
  peakConcurrency(operation: string): number;
}

/** Records the requests to the emulators, in order. It never stores a token. */
export function createJournal(clock: Clock): Journal {
  const entries: JournalEntry[] = [];
  const bySession = new Map<string, JournalEntry[]>();
  const concurrency = new Map<string, { now: number; peak: number }>();
  return {
    entries,
    add(operation, token, status) {
      const sessionId = token ? hashOf(token) : null;
      const entry = { operation, sessionId, status, at: new Date(clock()).toISOString() };
      entries.push(entry);
      if (sessionId === null) return;
      const known = bySession.get(sessionId);
      if (known) known.push(entry);
      else bySession.set(sessionId, [entry]);
    },
    about: (sessionId) => bySession.get(sessionId) ?? [],
    begin(operation) {
      const count = concurrency.get(operation) ?? { now: 0, peak: 0 };
      concurrency.set(operation, count);
      count.now += 1;
      count.peak = Math.max(count.peak, count.now);
      return () => {
        count.now -= 1;
      };
    },
    peakConcurrency: (operation) => concurrency.get(operation)?.peak ?? 0,
  };
}
