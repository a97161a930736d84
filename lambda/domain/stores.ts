import type { Access, AccessItem } from './access.ts';
import type { Denial, Denied, DenyEntry, Lift, Noted } from './denial.ts';
import type { Job } from './job.ts';
import type { RevocationHeader, SessionCounts, SessionOutcome, UserShare } from './revocation.ts';
import type { CachedSession, HeldSession, SessionMetadata } from './session.ts';

// One interface for each table. A capability names the verbs it needs with `Pick`, so that its fakes, its permissions and
// its reader see no more than that.

/** A page of a user's sessions: those after `after`, by session id. */
export interface SessionsPage {
  limit: number;
  after?: string | undefined;
}

/** The live sessions we hold tokens of, the fences of their users, and the jobs under way. Reads by user are strongly consistent. */
export interface TokenCache {
  /** By session id, whoever it is registered for. One registered within the last moments may not be found yet. */
  find(sessionId: string, signal: AbortSignal): Promise<CachedSession[]>;
  /** Undefined when it is not held any more. */
  held(session: CachedSession, signal: AbortSignal): Promise<HeldSession | undefined>;
  /** Holds the session. A copy that is held with a refresh token stays as it is. */
  hold(session: HeldSession, signal: AbortSignal): Promise<'new' | 'known'>;
  /** Holds the session in place of what is held of it; nothing if it is not held any more. */
  replace(session: HeldSession, signal: AbortSignal): Promise<void>;
  page(userId: string, page: SessionsPage, signal: AbortSignal): Promise<HeldSession[]>;
  /** Like `page`, but without the tokens. */
  list(userId: string, page: SessionsPage, signal: AbortSignal): Promise<SessionMetadata[]>;
  /** The user's name, as one of the first held sessions has it; undefined if none of them has one. */
  userNameOf(userId: string, signal: AbortSignal): Promise<string | undefined>;
  /** Deletes the session's tokens; no error when they are gone already. */
  forget(session: CachedSession, signal: AbortSignal): Promise<void>;
  /** Deletes the tokens of these sessions; no error for those that are gone. */
  forgetAll(sessions: CachedSession[], signal: AbortSignal): Promise<void>;

  /**
   * Keeps sessions of the user from being registered. Does not shorten a fence that stands longer, and does not bring back
   * one that was lowered after `askedAt`: the repetition of an old job must not fence somebody who is back.
   */
  raiseFence(userId: string, fence: Fence & { askedAt: Date }, signal: AbortSignal): Promise<void>;
  /** The user's fence; undefined where there is none, or it was lowered. */
  fence(userId: string, signal: AbortSignal): Promise<Fence | undefined>;
  /** When the user's fence was lowered last; also where one was raised since, for what was asked for later. */
  loweredAt(userId: string, signal: AbortSignal): Promise<Date | undefined>;
  /**
   * Takes the fence down if it was asked for up to then, also for jobs that were asked for before and come later.
   *
   * @param isNoted - whether that is noted where no fence is known, for those jobs
   * @returns whether one stood
   */
  lowerFence(userId: string, lowered: { at: Date; isNoted: boolean }, signal: AbortSignal): Promise<boolean>;

  /**
   * Has one run at a time end sessions of the user.
   *
   * @param lease - `holder` is the run; `until`, when it is over even if it dies
   * @returns false while another one has it
   */
  takeLease(userId: string, lease: Lease, at: Date, signal: AbortSignal): Promise<boolean>;
  /** Nothing if it is another run's by now. */
  returnLease(userId: string, lease: Lease, signal: AbortSignal): Promise<void>;

  /** Notes a job as begun, so that the sweep finds it if it gets stuck. */
  noteBegun(job: Job, at: Date, signal: AbortSignal): Promise<void>;
  /** Notes a job that is noted as begun as queued, so that nobody queues it again. */
  noteQueued(job: Job, at: Date, signal: AbortSignal): Promise<void>;
  noteDone(job: Job, signal: AbortSignal): Promise<void>;
  /** The job as it is noted; undefined when it is done, or cannot be understood. */
  noted(of: Job['kind'], revocationId: string, signal: AbortSignal): Promise<NotedJob | undefined>;
  /** All jobs that are noted as begun and not as done, and how many of them cannot be understood. */
  begun(signal: AbortSignal): Promise<{ jobs: BegunJob[]; unreadable: number }>;

  /** All sessions, page by page. A user may show up on two pages in a row. */
  scan(cursor: string | undefined, signal: AbortSignal): Promise<ScanPage>;
  /** Everybody of whom there is a session or a fence, a moment behind. */
  holders(signal: AbortSignal): Promise<Holders>;
  /** The fences of these users, without those that were lowered, a moment behind. */
  fencesOf(userIds: string[], signal: AbortSignal): Promise<FenceOf[]>;
}

export interface Fence {
  /** Until then sessions of the user are refused. */
  until: Date;
  /** Sessions that were registered by then are to be ended: of a sign-out, until it was asked for. */
  coveredUntil: Date;
}

export type FenceOf = Fence & { userId: string };

/** User ids, and how many sessions there are. */
export interface Holders {
  sessions: number;
  /** Of whom a session is held. */
  holding: Set<string>;
  /** Who has a fence, whether or not it stands. */
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

/** What the token cache holds of one user, as far as one page of a scan shows it. */
export interface UserFound {
  userId: string;
  /** When each of the sessions was registered. */
  registeredAt: Date[];
}

export interface ScanPage {
  users: UserFound[];
  /** Where to go on; none at the end. */
  next?: string;
}

/** What is recorded under an id; a crash can leave outcomes without their header. */
export interface Recorded {
  header: RevocationHeader | undefined;
  outcomes: SessionOutcome[];
  /** Of a revocation of everyone: what became of each user. */
  users: UserShare[];
  /** Of a removal that takes access away: what it found, in the order of their keys. */
  access: AccessItem[];
}

/** What an idempotency key stands for: the revocation that it was sent with first. */
export interface KeyClaim {
  revocationId: string;
  /** Absent for a revocation of everyone. */
  userId?: string;
  /** Digest of what was asked. */
  request: string;
  at: Date;
}

/** `from` belongs to it, `to` does not. */
export interface Period {
  from: Date;
  to: Date;
}

/** The audit trail. What is in it is never deleted by us, and never replaced by something worse. */
export interface RevocationRecords {
  /** What is recorded so far. Strongly consistent; outcomes in the order of their session ids. */
  read(revocationId: string, signal: AbortSignal): Promise<Recorded>;
  /** A user's revocations, newest first, by the index: a moment behind. */
  byUser(
    userId: string,
    page: { limit: number; cursor?: string | undefined },
    signal: AbortSignal,
  ): Promise<{ headers: RevocationHeader[]; next?: string }>;

  /**
   * The revocations that were requested from `from` on and before `to`, newest first, by the index: a moment behind, and without
   * those that a version recorded that did not write to it.
   */
  byTime(
    period: Period,
    page: { limit: number; cursor?: string | undefined },
    signal: AbortSignal,
  ): Promise<{ headers: RevocationHeader[]; next?: string }>;

  /** Records the header unless there is one, and answers the one that stands. */
  putHeader(header: RevocationHeader, signal: AbortSignal): Promise<RevocationHeader>;
  /** Records the outcome unless one as good or better is there, and answers the one that stands. */
  putOutcome(revocationId: string, outcome: SessionOutcome, signal: AbortSignal): Promise<SessionOutcome>;
  /** Like `putOutcome` for each of them. */
  putOutcomes(revocationId: string, outcomes: SessionOutcome[], signal: AbortSignal): Promise<void>;
  /** Records what becomes of a user under the revocation of everyone. One that is done is not overwritten. */
  putUserShare(revocationId: string, share: UserShare, signal: AbortSignal): Promise<void>;

  /** What the key stands for; strongly consistent. */
  keyClaim(keyId: string, signal: AbortSignal): Promise<KeyClaim | undefined>;
  /** Has the key stand for the claim, unless it stands for one of `since` or later. @returns the one that stands */
  claimKey(keyId: string, claim: KeyClaim, since: Date, signal: AbortSignal): Promise<KeyClaim>;

  /** Completes the header; the first completion stands. */
  complete(
    revocationId: string,
    completion: { at: Date; sessions: SessionCounts },
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * When a revocation that was begun as something else turned out to be a removal; the first time stands. Nothing without a header.
   *
   * @param access - that access is to be taken away, where the stack does so
   */
  noteRemoved(
    revocationId: string,
    removed: { at: Date; access?: Access | undefined },
    signal: AbortSignal,
  ): Promise<void>;
  /** What became of the denial. @returns false when the revocation has no header yet */
  putDenied(revocationId: string, denied: Denied, signal: AbortSignal): Promise<boolean>;
}

/** What is taken away and given back under a removal, beside the rest of its record. One run at a time may change it. */
export interface AccessRecords {
  /**
   * @param run - `until`, when it is over even if it dies
   * @returns false while another run goes on; where nothing is to be taken away; to one that takes away, once that is over
   */
  beginAccess(
    revocationId: string,
    run: { until: Date; status: 'IN_PROGRESS' | 'RESTORING' },
    at: Date,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Nothing if the run is not that one any more. */
  endAccess(revocationId: string, run: { until: Date }, access: Access, signal: AbortSignal): Promise<void>;
  putAccessItem(revocationId: string, item: AccessItem, signal: AbortSignal): Promise<void>;
}

/** The users whose role sessions are denied: an entry for each revocation of a user. */
export interface DenyList {
  /** Enters the denial, or moves its end on. Nothing if it ends later already, was shortened, or was lifted. */
  enter(denial: Denial, signal: AbortSignal): Promise<void>;
  /** Has the denial end by then, for good. Nothing if it ends sooner already, was lifted, or is not there. */
  shorten(denial: Pick<Denial, 'userId' | 'revocationId' | 'until'>, signal: AbortSignal): Promise<void>;
  /** Strongly consistent; those that are over may be missing. */
  entriesOf(userId: string, signal: AbortSignal): Promise<DenyEntry[]>;
  /** Nothing if it is lifted already, or gone. */
  lift(entry: DenyEntry, lifted: Lift, signal: AbortSignal): Promise<void>;
  /** All of it, and how many entries cannot be understood; strongly consistent; those that are over may be missing. */
  entries(signal: AbortSignal): Promise<{ entries: DenyEntry[]; unreadable: number }>;
  /** Notes what became of the entry as it was read. If it was changed since, it is not settled, but the times stand. */
  settle(
    entry: DenyEntry,
    noted: Required<Pick<Noted, 'settled'>> & Noted,
    signal: AbortSignal,
  ): Promise<void>;
}
