import type { Job } from './job.ts';
import type { RevocationHeader, SessionCounts, SessionOutcome, UserShare } from './revocation.ts';
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
  /** What replaces the session's tokens, which a refresh on the way has used up. */
  replacement?: { tokens: SessionTokens; accessTokenExpiresAt: Date };
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

/** A session with its sealed tokens, as the token cache holds it. */
export interface HeldSession extends CachedSession {
  region?: string;
  registeredAt: Date;
  /** When the access token expires. */
  accessTokenExpiresAt: Date;
  /** When there is nothing left to end: of the access token, or of the sign-in session where it can be refreshed. */
  expiresAt: Date;
  sealed: SealedTokens;
}

export type SessionMetadata = Omit<HeldSession, 'sealed' | 'accessTokenExpiresAt' | 'userId'>;

/** Part of the token cache that registering needs. */
export interface SessionRegister {
  /** Holds the session, in place of what was held of it before. */
  put(session: HeldSession, signal: AbortSignal): Promise<'new' | 'known'>;
  /** Whether sessions of this user are being ended at `now`. Strongly consistent. */
  isFenced(userId: string, now: Date, signal: AbortSignal): Promise<boolean>;
}

export interface SessionList {
  /** By session id, those after `after`; strongly consistent. */
  list(
    userId: string,
    page: { limit: number; after?: string | undefined },
    signal: AbortSignal,
  ): Promise<SessionMetadata[]>;
}

/** Part of the token cache that ending a user's sessions needs. */
export interface UserSessions {
  /** Holds the session, in place of what was held of it before. */
  put(session: HeldSession, signal: AbortSignal): Promise<unknown>;
  /** By session id, those after `after`; strongly consistent. */
  page(
    userId: string,
    page: { limit: number; after?: string | undefined },
    signal: AbortSignal,
  ): Promise<HeldSession[]>;
  /** Deletes the tokens of these sessions; no error for those that are gone. */
  forgetAll(sessions: CachedSession[], signal: AbortSignal): Promise<void>;
  /** Keeps sessions of the user from being registered. Does not shorten a fence that stands longer. */
  raiseFence(userId: string, until: Date, signal: AbortSignal): Promise<void>;
  /** Notes a job as begun, so that the sweep finds it if it gets stuck. */
  noteBegun(job: Job, at: Date, signal: AbortSignal): Promise<void>;
  noteDone(job: Job, signal: AbortSignal): Promise<void>;
}

/** What the token cache holds of one user, as far as one page of a scan shows it. */
export interface UserFound {
  userId: string;
  sessions: number;
}

export interface ScanPage {
  users: UserFound[];
  /** Jobs noted as begun and not as done. */
  begun: { job: Job; at: Date }[];
  /** Where to go on; none at the end. */
  next?: string;
}

/** The whole token cache, for the sweep and for revoking everyone. A user may show up on two pages in a row. */
export interface CacheScan {
  scan(cursor: string | undefined, signal: AbortSignal): Promise<ScanPage>;
}

/** Where the sweep stopped, so that the next run goes on there. */
export interface SweepProgress {
  read(signal: AbortSignal): Promise<string | undefined>;
  write(cursor: string | undefined, signal: AbortSignal): Promise<void>;
}

export interface JobQueue {
  /** All of them, or an error. @throws DomainError `queue-unavailable` */
  send(jobs: Job[], signal: AbortSignal): Promise<void>;
}

/** When a message that failed comes back; unless told, after the queue's visibility timeout. */
export interface Redelivery {
  /** @throws DomainError `queue-unavailable` */
  after(receiptHandle: string, seconds: number, signal: AbortSignal): Promise<void>;
}

/** What is recorded under an id; a crash can leave outcomes without their header. */
export interface Recorded {
  header: RevocationHeader | undefined;
  outcomes: SessionOutcome[];
  /** Of a revocation of everyone: what became of each user. */
  users: UserShare[];
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

/** What revoking a user, or everyone, writes besides. */
export interface UserRevocationRecords extends RevocationRecords {
  /** Like `putOutcome` for each of them. */
  putOutcomes(revocationId: string, outcomes: SessionOutcome[], signal: AbortSignal): Promise<void>;
  /** Completes the header; the first completion stands. */
  complete(
    revocationId: string,
    completion: { at: Date; sessions: SessionCounts },
    signal: AbortSignal,
  ): Promise<void>;
  /** Records what becomes of a user under the revocation of everyone. One that is done is not overwritten. */
  putUserShare(revocationId: string, share: UserShare, signal: AbortSignal): Promise<void>;
}

/** A user's revocations, newest first, by the index: a moment behind. */
export interface RevocationIndex {
  byUser(
    userId: string,
    page: { limit: number; cursor?: string | undefined },
    signal: AbortSignal,
  ): Promise<{ headers: RevocationHeader[]; next?: string }>;
}

/** What a sign-in hands out besides the access token; with it an expired session can still be ended. */
export interface RefreshCredentials {
  refreshToken: Secret;
  clientId: string;
  clientSecret: Secret;
}

/** The secrets of a session. */
export interface SessionTokens {
  accessToken: Secret;
  refresh?: RefreshCredentials;
}

/** Tokens as they rest in the token cache: nothing in it is readable without the key service. */
export interface SealedTokens {
  ciphertext: Uint8Array;
  /** The data key that sealed it, itself encrypted. */
  dataKey: Uint8Array;
}

/** Seals tokens for one row of the token cache. What is moved to another row does not open. */
export interface Sealer {
  /** @throws DomainError `cipher-unavailable` */
  seal(tokens: SessionTokens, row: CachedSession, signal: AbortSignal): Promise<SealedTokens>;
}

export interface Opener {
  /**
   * @throws DomainError `cipher-unavailable`, which may pass; `ciphertext-invalid`, which does not: the ciphertext is of
   * another row, or was tampered with
   */
  open(sealed: SealedTokens, row: CachedSession, signal: AbortSignal): Promise<SessionTokens>;
}

/** `refused` is final: the sign-in session is over, or the client registration is. */
export type RefreshResult =
  | {
      kind: 'refreshed';
      accessToken: Secret;
      expiresInSeconds: number;
      /** In place of the one that was used, if the service gives a new one. */
      refreshToken?: Secret;
    }
  | { kind: 'refused'; failure: Failure }
  | { kind: 'failed'; failure: Failure };

/** The token service of IAM Identity Center. */
export interface TokenService {
  refresh(
    credentials: RefreshCredentials,
    region: string | undefined,
    signal: AbortSignal,
  ): Promise<RefreshResult>;
}

/** The identity store. */
export interface Directory {
  /** @throws DomainError `user-not-found`, `directory-unavailable` */
  userIdOf(userName: string, signal: AbortSignal): Promise<string>;
  /** Whether the person may sign in. @throws DomainError `directory-unavailable` */
  statusOf(userId: string, signal: AbortSignal): Promise<'enabled' | 'disabled' | 'deleted'>;
}

export type Clock = () => Date;
