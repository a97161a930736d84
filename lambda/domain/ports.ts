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

/** The portal did not end the session. `malformed-token` and `unknown-region` are final. After `throttled` and `unavailable`, a retry may succeed. */
export interface LogoutFailed {
  kind: 'failed';
  why: 'malformed-token' | 'unknown-region' | 'throttled' | 'unavailable';
  failure: Failure;
  /** Requests sent, the SDK's retries included. */
  attempts: number;
}

/** Spaces out the requests to a service that throttles. */
export interface Turns {
  /**
   * Waits until the caller may send one request.
   *
   * @returns a function to call if that request was throttled
   * @throws the signal's reason if it fires first. The turn is free for others then
   */
  next(signal: AbortSignal): Promise<() => void>;
}

/** The access portal of IAM Identity Center. */
export interface Portal {
  /**
   * Ends the token's whole sign-in session, for all its clients. Role sessions continue.
   * An expired token and an invented one are both `ALREADY_INVALID`: the portal answers the same to both.
   *
   * @param turns - asked before each request, the SDK's retries included. Without it, no request waits
   */
  logout(
    accessToken: Secret,
    region: string,
    signal: AbortSignal,
    turns?: Turns,
  ): Promise<SessionEnded | LogoutFailed>;
  /** Asks whether the token is valid now. Ends nothing. */
  accepts(accessToken: Secret, region: string, signal: AbortSignal): Promise<Acceptance>;
}

export type Acceptance = { kind: 'accepted' } | { kind: 'rejected'; failure: Failure } | LogoutFailed;

/** A queue that only trusted senders write to: the workers carry out its jobs unchecked. */
export interface JobQueue {
  /** Sends all jobs, or fails. @throws DomainError `queue-unavailable` */
  send(jobs: Job[], signal: AbortSignal): Promise<void>;
}

/** The queue of senders without the right to revoke: the workers check each report. */
export interface ReportQueue {
  /** Sends all reports, or fails. @throws DomainError `queue-unavailable` */
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
   * @throws DomainError `cipher-unavailable`: a retry may succeed. `ciphertext-invalid`: no retry can. The ciphertext belongs to
   * another row, or somebody changed it
   */
  open(sealed: SealedTokens, row: CachedSession, signal: AbortSignal): Promise<SessionTokens>;
}

/** `refused` is final: the sign-in session is over, or the client registration is. */
export type RefreshResult =
  | {
      kind: 'refreshed';
      accessToken: Secret;
      expiresInSeconds: number;
      /** Replaces the refresh token that was used. Absent if the service gives no new one. */
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
   * Says whether the person may sign in.
   *
   * @param since - an answer that another caller got after this moment is good enough. Without it, the directory is asked again
   * @throws DomainError `directory-unavailable`
   */
  statusOf(userId: string, signal: AbortSignal, since?: Date): Promise<UserStatus>;
  /** Like `statusOf`, with the user's name: one lookup answers both. */
  userOf(userId: string, signal: AbortSignal, since?: Date): Promise<DirectoryUser>;
}

/** Everybody in the identity store, page by page. */
export interface DirectoryListing {
  /**
   * Lists up to 100 users in one call. A user who is not listed is not necessarily deleted: users who were created meanwhile may
   * be missing.
   *
   * @param cursor - `next` of the previous page; absent for the first page
   * @throws DomainError `directory-unavailable`
   */
  page(cursor: string | undefined, signal: AbortSignal): Promise<DirectoryPage>;
}

export interface DirectoryPage {
  /** `status` is undefined if the answer has none, or an unknown one. */
  users: { userId: string; status: 'enabled' | 'disabled' | undefined }[];
  /** Absent on the last page. */
  next?: string;
}

/** A deleted user has no name. */
export interface DirectoryUser {
  status: UserStatus;
  userName?: string;
}

/** `deleted` also if no user ever had the id. */
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
   * Lists all assignments of a user: the user's own, and those of the user's groups. An assignment that is being deleted may
   * still be among them.
   *
   * @param accountId - lists only those in this account; in all accounts if absent
   * @throws DomainError `assignments-unavailable`: a retry may succeed. `assignments-refused`: a person has to correct something
   */
  ofUser(userId: string, signal: AbortSignal, accountId?: string): Promise<Assignment[]>;
}

/** A permission set of IAM Identity Center. */
export interface PermissionSet {
  name: string;
  /** How long its role sessions live. Undefined if the answer does not say. */
  sessionSeconds: number | undefined;
}

export interface PermissionSets {
  /**
   * @returns undefined if the permission set does not exist any more
   * @throws DomainError `assignments-unavailable`: a retry may succeed. `assignments-refused`: a person has to correct something
   */
  find(permissionSetArn: string, signal: AbortSignal): Promise<PermissionSet | undefined>;
}

/** Reads the grants of a user, at each call again. */
export interface UserAccess {
  /**
   * Lists the user's own assignments and memberships. A deleted user has none. Grants that are being deleted may still be among
   * them.
   *
   * @throws DomainError `assignments-unavailable`: a retry may succeed. `assignments-refused`: a person has to correct something
   */
  grantsOf(userId: string, signal: AbortSignal): Promise<Grant[]>;
}

/** Only the function that takes access away has it. */
export interface AccessRemover {
  /**
   * Takes one grant away. `under-way`: Identity Center has not finished this change, or an earlier change of the same grant.
   *
   * @throws DomainError `assignments-unavailable`: a retry may succeed
   */
  remove(
    userId: string,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<'removed' | 'under-way' | { left: LeftReason }>;
}

/** Only the function that restores access has it, because it can make anybody an administrator. */
export interface AccessGiver {
  /** @throws DomainError `assignments-unavailable`: a retry may succeed. `assignments-refused`: a person has to correct something */
  give(userId: string, grant: Grant, signal: AbortSignal): Promise<'given' | 'under-way'>;
}

/** The queue of the function that takes access away. */
export interface AccessQueue {
  /** @throws DomainError `queue-unavailable` */
  send(jobs: RemoveAccessJob[], signal: AbortSignal): Promise<void>;
}

/** The queue of the function that sends events. */
export interface NoticeQueue {
  /** Sends all notices, or fails. @throws DomainError `queue-unavailable` */
  send(notices: Notice[], signal: AbortSignal): Promise<void>;
}

/** The event bus to which the stack sends its events. */
export interface EventBus {
  /** @throws DomainError `events-unavailable`: the bus may not have the event. Repeat */
  put(event: OutgoingEvent, signal: AbortSignal): Promise<void>;
}

/** Updates the service control policies from the deny list. */
export interface Reconciler {
  /** Starts a run some seconds from now. All calls until then start one run. @throws DomainError `queue-unavailable` */
  wake(signal: AbortSignal): Promise<void>;
}

/** The service control policies that deny role sessions. */
export interface DenyPolicyStore {
  /** @throws DomainError `policy-busy`, `policy-refused` */
  read(policyId: string, signal: AbortSignal): Promise<string>;
  /** @throws DomainError `policy-busy`: a retry may succeed. `policy-refused`: a person has to correct something */
  write(policyId: string, text: string, signal: AbortSignal): Promise<void>;
}

/** Counts answers of the portal, so that throttling is noticed. */
export interface PortalWatch {
  /** The portal answered a request of a Logout with 429. */
  throttled(): void;
}

export type Clock = () => Date;
