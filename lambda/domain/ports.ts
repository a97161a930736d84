import type { RevocationHeader, SessionOutcome } from './revocation.ts';
import type { Secret } from './secret.ts';

/** Why an outside call failed: its error's name, and status and request id where there was an answer. Never its text. */
export interface Failure {
  name: string;
  status?: number;
  requestId?: string;
}

/** The portal's word that the session is over. */
export interface SessionEnded {
  kind: 'ended';
  outcome: 'LOGGED_OUT' | 'ALREADY_INVALID';
  /** Requests sent, the SDK's retries included. */
  attempts: number;
}

/** No such word: `malformed-token` and `unknown-region` stay so, `throttled` and `unavailable` may pass. */
export interface LogoutFailed {
  kind: 'failed';
  why: 'malformed-token' | 'unknown-region' | 'throttled' | 'unavailable';
  failure: Failure;
}

/** The access portal of IAM Identity Center. */
export interface Portal {
  /**
   * Ends the whole sign-in session the token belongs to, other clients on it too. Role sessions go on.
   * A dead token and one that never lived are both `ALREADY_INVALID`: the portal does not tell them apart.
   *
   * @param region - of the Identity Center instance; the configured one when absent.
   */
  logout(
    accessToken: Secret,
    region: string | undefined,
    signal: AbortSignal,
  ): Promise<SessionEnded | LogoutFailed>;
}

export interface CachedSession {
  userId: string;
  sessionId: string;
}

/** The live sessions we hold tokens of. */
export interface TokenCache {
  /** By session id. A session registered within the last moments may not be found yet. */
  find(sessionId: string, signal: AbortSignal): Promise<CachedSession | undefined>;
  /** Deletes the session's tokens; no error when they are gone already. */
  forget(session: CachedSession, signal: AbortSignal): Promise<void>;
}

/** What is recorded under an id; a crash can leave outcomes without their header. */
export interface Recorded {
  header: RevocationHeader | undefined;
  outcomes: SessionOutcome[];
}

/** The audit trail. */
export interface RevocationReader {
  /** What is recorded so far. Strongly consistent; outcomes in the order of their session ids. */
  read(revocationId: string, signal: AbortSignal): Promise<Recorded>;
}

/** The audit trail, to be added to. What is in it is never deleted, and never replaced by something worse. */
export interface RevocationRecords extends RevocationReader {
  /** Records the header unless there is one, and answers the one that stands. */
  putHeader(header: RevocationHeader, signal: AbortSignal): Promise<RevocationHeader>;
  /** Records the outcome unless one as good or better is there, and answers the one that stands. */
  putOutcome(revocationId: string, outcome: SessionOutcome, signal: AbortSignal): Promise<SessionOutcome>;
}

export type Clock = () => Date;
