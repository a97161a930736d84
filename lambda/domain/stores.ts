import type { Access, AccessItem } from './access.ts';
import type { Denial, Denied, DenyEntry, Lift, Noted } from './denial.ts';
import type { Job } from './job.ts';
import type { RevocationHeader, SessionCounts, SessionOutcome, UserShare } from './revocation.ts';
import type { CachedSession, HeldSession, SessionMetadata } from './session.ts';

// The interfaces of the tables. `RevocationRecords` and `AccessRecords` share one. A capability picks the verbs that it needs
// with `Pick`, so that its fakes, its permissions and its reader see no more than that.

/** A page of a user's sessions, ordered by session id: those after `after`. */
export interface SessionsPage {
  limit: number;
  after?: string | undefined;
}

/**
 * The sessions with their tokens, the fences and leases of their users, and the jobs in progress. Reads by user are strongly
 * consistent.
 */
export interface TokenCache {
  /** Finds the session, whoever it is registered for. Eventually consistent: a new registration may be missing. */
  find(sessionId: string, signal: AbortSignal): Promise<CachedSession[]>;
  /** Undefined if the session is not held any more. */
  held(session: CachedSession, signal: AbortSignal): Promise<HeldSession | undefined>;
  /** Holds the session. If it is held already, only a copy that is known to have no refresh token is replaced. */
  hold(session: HeldSession, signal: AbortSignal): Promise<'new' | 'known'>;
  /** Replaces the held copy of the session. Does nothing if the session is not held any more. */
  replace(session: HeldSession, signal: AbortSignal): Promise<void>;
  page(userId: string, page: SessionsPage, signal: AbortSignal): Promise<HeldSession[]>;
  /** Like `page`, but without the tokens. */
  list(userId: string, page: SessionsPage, signal: AbortSignal): Promise<SessionMetadata[]>;
  /** The user's name, as one of the first held sessions has it; undefined if none of them has one. */
  userNameOf(userId: string, signal: AbortSignal): Promise<string | undefined>;
  /** Deletes the held copy of the session; no error if it is gone already. */
  forget(session: CachedSession, signal: AbortSignal): Promise<void>;
  /** Like `forget` for each of them. */
  forgetAll(sessions: CachedSession[], signal: AbortSignal): Promise<void>;

  /**
   * Refuses sessions of the user until the fence ends. Does not shorten a fence that ends later. Does nothing if a fence was
   * lowered at `askedAt` or later: otherwise the repetition of an old job would fence a user who is back.
   */
  raiseFence(userId: string, fence: Fence & { askedAt: Date }, signal: AbortSignal): Promise<void>;
  /** The user's fence, even if its time is over; undefined if there is none, or if it was lowered. */
  fence(userId: string, signal: AbortSignal): Promise<Fence | undefined>;
  /** When the user's fence was lowered last, even if a later request raised one again. */
  loweredAt(userId: string, signal: AbortSignal): Promise<Date | undefined>;
  /**
   * Lowers the fence if it was requested by `at`. A job that was requested by then cannot raise one afterwards.
   *
   * @param lowered - `isNoted`: whether this is noted even if no fence is known, so that late jobs find the note
   * @returns whether a fence stood
   */
  lowerFence(userId: string, lowered: { at: Date; isNoted: boolean }, signal: AbortSignal): Promise<boolean>;

  /**
   * Takes the user's lease, so that only one run at a time ends sessions of the user.
   *
   * @param lease - `holder`: the run; `until`: when the run must have ended, even if it crashes
   * @returns false while another run has the lease
   */
  takeLease(userId: string, lease: Lease, at: Date, signal: AbortSignal): Promise<boolean>;
  /** Does nothing if another run has the lease by now. */
  returnLease(userId: string, lease: Lease, signal: AbortSignal): Promise<void>;

  /** Notes a job as begun, so that the sweep finds it if it gets stuck. */
  noteBegun(job: Job, at: Date, signal: AbortSignal): Promise<void>;
  /** Notes a begun job as queued, so that nobody queues it again. Does nothing if the job is done. */
  noteQueued(job: Job, at: Date, signal: AbortSignal): Promise<void>;
  noteDone(job: Job, signal: AbortSignal): Promise<void>;
  /** The noted job; undefined if it is done, or if its note cannot be parsed. */
  noted(of: Job['kind'], revocationId: string, signal: AbortSignal): Promise<NotedJob | undefined>;
  /** All jobs that are begun and not done, and how many notes cannot be parsed. */
  begun(signal: AbortSignal): Promise<{ jobs: BegunJob[]; unreadable: number }>;

  /** All sessions, page by page. One user's sessions may be on several pages in a row. */
  scan(cursor: string | undefined, signal: AbortSignal): Promise<ScanPage>;
  /** All users who have a session or a fence. Eventually consistent. */
  holders(signal: AbortSignal): Promise<Holders>;
  /** The fences of these users, without those that were lowered. Eventually consistent. */
  fencesOf(userIds: string[], signal: AbortSignal): Promise<FenceOf[]>;
}

export interface Fence {
  /** Sessions of the user are refused until then. */
  until: Date;
  /** Sessions that were registered by then must be ended. For a sign-out, this is the time of the request. */
  coveredUntil: Date;
}

export type FenceOf = Fence & { userId: string };

/** The number of sessions, and the ids of their users. */
export interface Holders {
  sessions: number;
  /** Users with a session. */
  holding: Set<string>;
  /** Users with a fence, even if it is over or was lowered. */
  fenced: Set<string>;
}

export interface Lease {
  holder: string;
  until: Date;
}

export interface NotedJob {
  job: Job;
  isQueued: boolean;
}

export interface BegunJob {
  job: Job;
  at: Date;
}

/** The sessions of one user on one page of a scan. */
export interface UserFound {
  userId: string;
  /** When each of the sessions was registered. */
  registeredAt: Date[];
}

export interface ScanPage {
  users: UserFound[];
  /** The cursor of the next page; absent on the last page. */
  next?: string;
}

/** Everything that is recorded under the id of a revocation. A crash can leave outcomes without their header. */
export interface Recorded {
  header: RevocationHeader | undefined;
  outcomes: SessionOutcome[];
  /** Only of a revocation of everyone: the share of each user. */
  users: UserShare[];
  /** Only of a removal that takes access away: the grants that it found, ordered by their keys. */
  access: AccessItem[];
}

/** The revocation that an idempotency key was sent with first. */
export interface KeyClaim {
  revocationId: string;
  /** Absent for a revocation of everyone. */
  userId?: string;
  /** A digest of the request. */
  request: string;
  at: Date;
}

/** `from` is inclusive, `to` is exclusive. */
export interface Period {
  from: Date;
  to: Date;
}

/** The audit trail. Nothing here is deleted by our code, and no outcome is replaced by a worse one. */
export interface RevocationRecords {
  /** What is recorded so far. Strongly consistent. The outcomes are ordered by session id. */
  read(revocationId: string, signal: AbortSignal): Promise<Recorded>;
  /** A user's revocations, newest first. Eventually consistent, because it reads an index. */
  byUser(
    userId: string,
    page: { limit: number; cursor?: string | undefined },
    signal: AbortSignal,
  ): Promise<{ headers: RevocationHeader[]; next?: string }>;

  /**
   * The revocations that were requested in the period, newest first. Eventually consistent, because it reads an index. It lacks
   * revocations that were recorded by a version without this index.
   */
  byTime(
    period: Period,
    page: { limit: number; cursor?: string | undefined },
    signal: AbortSignal,
  ): Promise<{ headers: RevocationHeader[]; next?: string }>;

  /** Records the header unless there is one. @returns the recorded header */
  putHeader(header: RevocationHeader, signal: AbortSignal): Promise<RevocationHeader>;
  /** Records the outcome unless one that is as good or better is recorded. @returns the recorded outcome */
  putOutcome(revocationId: string, outcome: SessionOutcome, signal: AbortSignal): Promise<SessionOutcome>;
  /** Like `putOutcome` for each of them. */
  putOutcomes(revocationId: string, outcomes: SessionOutcome[], signal: AbortSignal): Promise<void>;
  /** Records a user's share in the revocation of everyone. A share that is done is not overwritten. */
  putUserShare(revocationId: string, share: UserShare, signal: AbortSignal): Promise<void>;

  /** The claim on the key. Strongly consistent. */
  keyClaim(keyId: string, signal: AbortSignal): Promise<KeyClaim | undefined>;
  /** Claims the key, unless there is a claim on it from after `since`. @returns the claim that holds */
  claimKey(keyId: string, claim: KeyClaim, since: Date, signal: AbortSignal): Promise<KeyClaim>;

  /** Completes the header. A completion that is recorded already stays. */
  complete(
    revocationId: string,
    completion: { at: Date; sessions: SessionCounts },
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Notes that a revocation, which was recorded otherwise, is a removal. What is noted already stays. Does nothing without a
   * header.
   *
   * @param removed - `access`: present if access is to be taken away
   */
  noteRemoved(
    revocationId: string,
    removed: { at: Date; access?: Access | undefined },
    signal: AbortSignal,
  ): Promise<void>;
  /** Records the state of the denial. @returns false if the revocation has no header yet */
  putDenied(revocationId: string, denied: Denied, signal: AbortSignal): Promise<boolean>;
}

/** The access that was taken away under a removal, or restored: a part of its record. Only one run at a time may change it. */
export interface AccessRecords {
  /**
   * Begins a run: `IN_PROGRESS` takes access away, `RESTORING` restores it.
   *
   * @param run - `until`: when the run must have ended, even if it crashes
   * @returns false if another run is in progress, or if no access is to be taken away. With `IN_PROGRESS`, it is also false if
   * taking it away is over
   */
  beginAccess(
    revocationId: string,
    run: { until: Date; status: 'IN_PROGRESS' | 'RESTORING' },
    at: Date,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Does nothing if another run has begun since. */
  endAccess(revocationId: string, run: { until: Date }, access: Access, signal: AbortSignal): Promise<void>;
  putAccessItem(revocationId: string, item: AccessItem, signal: AbortSignal): Promise<void>;
}

/** Whose role sessions are denied: one entry for each revocation that denies any. */
export interface DenyList {
  /** Enters the denial, or moves its end later. Does nothing if it ends as late already, was shortened, or was lifted. */
  enter(denial: Denial, signal: AbortSignal): Promise<void>;
  /** Moves the denial's end earlier, for good. Does nothing if it ends as early already, was lifted, or does not exist. */
  shorten(denial: Pick<Denial, 'userId' | 'revocationId' | 'until'>, signal: AbortSignal): Promise<void>;
  /** Strongly consistent. Leaves out entries that cannot be parsed. Entries that are over may be missing. */
  entriesOf(userId: string, signal: AbortSignal): Promise<DenyEntry[]>;
  /** Does nothing if the entry is lifted already, or gone. */
  lift(entry: DenyEntry, lifted: Lift, signal: AbortSignal): Promise<void>;
  /** All entries, and how many cannot be parsed. Strongly consistent. Entries that are over may be missing. */
  entries(signal: AbortSignal): Promise<{ entries: DenyEntry[]; unreadable: number }>;
  /** Notes the state of the entry as it was read. If it was changed since then, the times are kept, but it is not settled. */
  settle(
    entry: DenyEntry,
    noted: Required<Pick<Noted, 'settled'>> & Noted,
    signal: AbortSignal,
  ): Promise<void>;
}
