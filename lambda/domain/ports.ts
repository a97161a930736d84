import type { Grant, LeftReason } from './access.ts';
import type { RemoveAccessJob } from './access-job.ts';
import type { Failure } from './errors.ts';
import type { Job } from './job.ts';
import type { Notice } from './notice.ts';
import type { OutgoingEvent } from './outgoing-event.ts';
import type { Report } from './report.ts';
import type { Secret } from './secret.ts';
import type { CachedSession, RefreshCredentials, SealedTokens, SessionTokens } from './session.ts';

/** The portal's answer that the session has ended. */
export interface SessionEnded {
  kind: 'ended';
  outcome: 'LOGGED_OUT' | 'ALREADY_INVALID';
  /** Requests sent, the SDK's retries included. */
  attempts: number;
}

/** The portal did not end the session. `malformed-token` and `unknown-region` are final; `throttled` and `unavailable` may pass. */
export interface LogoutFailed {
  kind: 'failed';
  why: 'malformed-token' | 'unknown-region' | 'throttled' | 'unavailable';
  failure: Failure;
  /** Requests sent, the SDK's retries included. */
  attempts: number;
}

/** When requests to somebody who throttles may be sent. */
export interface Turns {
  /**
   * Waits for the caller's turn to send one request.
   *
   * @returns what to call if that request was throttled
   * @throws the signal's reason when it fires first; the turn is given up then
   */
  next(signal: AbortSignal): Promise<() => void>;
}

/** The access portal of IAM Identity Center. */
export interface Portal {
  /**
   * Ends the token's whole sign-in session, for all its clients. Role sessions continue.
   * An expired token and an invented one are both `ALREADY_INVALID`: the portal answers the same to both.
   *
   * @param turns - asked before each request, the SDK's retries included; none is waited for where absent
   */
  logout(
    accessToken: Secret,
    region: string,
    signal: AbortSignal,
    turns?: Turns,
  ): Promise<SessionEnded | LogoutFailed>;
  /** Whether the portal takes the token now. Ends nothing. */
  accepts(accessToken: Secret, region: string, signal: AbortSignal): Promise<Acceptance>;
}

export type Acceptance = { kind: 'accepted' } | { kind: 'rejected'; failure: Failure } | LogoutFailed;

/** A queue of trusted senders, whose jobs the workers carry out. */
export interface JobQueue {
  /** All of them, or an error. @throws DomainError `queue-unavailable` */
  send(jobs: Job[], signal: AbortSignal): Promise<void>;
}

/** The queue of those who may only have the workers look at something. */
export interface ReportQueue {
  /** All of them, or an error. @throws DomainError `queue-unavailable` */
  send(reports: Report[], signal: AbortSignal): Promise<void>;
}

/** Sets when a failed message is retried. Without it, the queue's visibility timeout applies. */
export interface Redelivery {
  /** @throws DomainError `queue-unavailable` */
  after(receiptHandle: string, seconds: number, signal: AbortSignal): Promise<void>;
}

/** Encrypts tokens for one row of the token cache. A ciphertext that is moved to another row cannot be decrypted. */
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
  refresh(credentials: RefreshCredentials, region: string, signal: AbortSignal): Promise<RefreshResult>;
}

/** The identity store. */
export interface Directory {
  /** @throws DomainError `user-not-found`, `directory-unavailable` */
  userIdOf(userName: string, signal: AbortSignal): Promise<string>;
  /**
   * Whether the person may sign in.
   *
   * @param since - an answer that was given after this moment, to somebody else, will do; a new one where absent
   * @throws DomainError `directory-unavailable`
   */
  statusOf(userId: string, signal: AbortSignal, since?: Date): Promise<UserStatus>;
  /** The user's name; undefined if there is no such user. @throws DomainError `directory-unavailable` */
  nameOf(userId: string, signal: AbortSignal): Promise<string | undefined>;
}

/** Everybody in the identity store, page by page. */
export interface DirectoryListing {
  /**
   * Up to 100 users in one call. What is not listed is no word that somebody was deleted: who came in meanwhile may be missing.
   *
   * @param cursor - `next` of the page before; the first page where absent
   * @throws DomainError `directory-unavailable`
   */
  page(cursor: string | undefined, signal: AbortSignal): Promise<DirectoryPage>;
}

export interface DirectoryPage {
  /** Without a status: the answer has none, or one that is not known. */
  users: { userId: string; status: 'enabled' | 'disabled' | undefined }[];
  /** Absent on the last page. */
  next?: string;
}

/** `deleted` also where the id never was anybody's. */
export type UserStatus = 'enabled' | 'disabled' | 'deleted';

/** Gives a user a permission set in an account. */
export interface Assignment {
  accountId: string;
  permissionSetArn: string;
  /** The user, or a group that the user is a member of. */
  principal: { kind: 'user' | 'group'; id: string };
}

/** The account assignments of Identity Center. */
export interface AssignmentReader {
  /**
   * All assignments of a user: the user's own, and those of the user's groups. One that is being deleted may still be among
   * them.
   *
   * @param accountId - only those in this account; in all accounts where absent
   * @throws DomainError `assignments-unavailable`: it may pass. `assignments-refused`: not without a person
   */
  ofUser(userId: string, signal: AbortSignal, accountId?: string): Promise<Assignment[]>;
}

/** A permission set of IAM Identity Center. */
export interface PermissionSet {
  name: string;
  /** How long its role sessions live; undefined where the answer does not say. */
  sessionSeconds: number | undefined;
}

export interface PermissionSets {
  /**
   * Undefined where there is no such permission set any more.
   *
   * @throws DomainError `assignments-unavailable`: it may pass. `assignments-refused`: not without a person
   */
  find(permissionSetArn: string, signal: AbortSignal): Promise<PermissionSet | undefined>;
}

/** What a user has of their own, read anew at each call. */
export interface UserAccess {
  /**
   * The user's own assignments and memberships; none of a user who is gone. What is being deleted may still be among them.
   *
   * @throws DomainError `assignments-unavailable`: it may pass. `assignments-refused`: not without a person
   */
  grantsOf(userId: string, signal: AbortSignal): Promise<Grant[]>;
}

/** Only whoever takes access away has it. */
export interface AccessRemover {
  /**
   * Takes one grant away. `under-way`: Identity Center is not through with it, or with another change of the same.
   *
   * @throws DomainError `assignments-unavailable`: it may pass
   */
  remove(
    userId: string,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<'removed' | 'under-way' | { left: LeftReason }>;
}

/** Only whoever restores access has it: it can make anybody an administrator. */
export interface AccessGiver {
  /** @throws DomainError `assignments-unavailable`: it may pass. `assignments-refused`: not without a person */
  give(userId: string, grant: Grant, signal: AbortSignal): Promise<'given' | 'under-way'>;
}

/** The queue of the function that takes access away. */
export interface AccessQueue {
  /** @throws DomainError `queue-unavailable` */
  send(jobs: RemoveAccessJob[], signal: AbortSignal): Promise<void>;
}

/** The queue of the function that sends events. */
export interface NoticeQueue {
  /** All of them, or an error. @throws DomainError `queue-unavailable` */
  send(notices: Notice[], signal: AbortSignal): Promise<void>;
}

/** The event bus to which the stack sends its events. */
export interface EventBus {
  /** @throws DomainError `events-unavailable`: the bus did not take it, or nobody knows; repeat */
  put(event: OutgoingEvent, signal: AbortSignal): Promise<void>;
}

/** Brings the service control policies in line with the deny list. */
export interface Reconciler {
  /** Starts it some seconds from now, once for all calls until then. @throws DomainError `queue-unavailable` */
  wake(signal: AbortSignal): Promise<void>;
}

/** The service control policies that deny role sessions. */
export interface DenyPolicyStore {
  /** @throws DomainError `policy-busy`, `policy-refused` */
  read(policyId: string, signal: AbortSignal): Promise<string>;
  /** @throws DomainError `policy-busy`: it may pass. `policy-refused`: not without a person */
  write(policyId: string, text: string, signal: AbortSignal): Promise<void>;
}

/** What is counted of the portal, so that throttling is not silent. */
export interface PortalWatch {
  /** A request of a Logout was answered 429. */
  throttled(): void;
}

export type Clock = () => Date;
