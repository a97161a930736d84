import { announce } from '../announce.ts';
import { type Deadline, untilAnswer, untilBookkeeping } from '../deadline.ts';
import type { DenialAsked } from '../denial.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { OutgoingEventName } from '../outgoing-event.ts';
import type { NoticeQueue } from '../ports.ts';
import { describeRevocation, type Revocation } from '../record/describe-revocation.ts';
import { isEnded, type RevocationHeader, type SessionOutcome } from '../revocation.ts';
import { type CachedSession, type HeldSession, sessionIdOf } from '../session.ts';
import { type EndSessionDeps, endSession, type LiveSession, notEnded } from '../sessions/end-session.ts';
import type { Recorded, TokenCache } from '../stores.ts';
import type { UserNames } from '../user-names.ts';
import { completeRecord, type EnterDenial, incomplete, type SessionRecords } from './session-record.ts';

export interface LogOutDeps extends EndSessionDeps, Lifetimes {
  tokenCache: Pick<TokenCache, 'forget'>;
  records: SessionRecords;
  /** Absent if the stack records no user names. Registering has none: it gives the name itself. */
  names?: UserNames | undefined;
  /** Absent if the stack sends no events. */
  notices?: NoticeQueue | undefined;
}

/** A cached copy of a session, with what is known of its registration. `userName` only if the stack records user names. */
export type Copy = CachedSession & Pick<HeldSession, 'registeredWith' | 'userName'>;

export interface BesideLogout {
  /** What the revocation becomes once it is recorded. */
  events: readonly OutgoingEventName[];
  /** The copies of the session, whoever they are registered for. @throws DomainError `store-unavailable` */
  findCopies: (sessionId: string, signal: AbortSignal) => Promise<Copy[]>;
}

export interface LoggedOut {
  outcome: SessionOutcome;
  cached: PromiseSettledResult<Copy[]>;
  before: Recorded;
  /** Whether the events are announced. */
  announced: PromiseSettledResult<void>;
}

/**
 * Sends Logout. The lookups and the notices run beside it, so that nothing waits for them, and no crash loses a notice. If one of
 * them fails, the others are not stopped, and Logout least of all.
 *
 * @throws DomainError if the portal did not end the session, and no earlier call did
 */
export async function logOut(
  deps: LogOutDeps,
  session: LiveSession,
  { events, findCopies }: BesideLogout,
  deadline: Deadline,
): Promise<LoggedOut> {
  const sessionId = sessionIdOf(session.tokens.accessToken);
  const signal = untilBookkeeping(deadline);
  const [logout, [cached, read, announced]] = await Promise.all([
    endSession(deps, session, signal),
    Promise.allSettled([
      findCopies(sessionId, signal),
      deps.records.read(sessionId, signal),
      announce(deps.notices, sessionId, events, signal),
    ]),
  ]);
  const before =
    read.status === 'fulfilled' ? read.value : { header: undefined, outcomes: [], users: [], access: [] };
  if (logout.kind === 'ended') {
    const { outcome: what, attempts } = logout;
    const outcome = { sessionId, outcome: what, at: deps.clock(), attempts, ...registrationOf(cached) };
    return { outcome, cached, before, announced };
  }
  // If an earlier call ended this session, it does not matter that the portal fails now.
  const standing = before.outcomes.find(({ outcome }) => isEnded(outcome));
  if (!standing) throw notEnded(logout);
  return { outcome: standing, cached, before, announced };
}

function registrationOf(cached: PromiseSettledResult<Copy[]>): Pick<Copy, 'registeredWith'> {
  const registeredWith = cached.status === 'fulfilled' ? cached.value[0]?.registeredWith : undefined;
  return registeredWith === undefined ? {} : { registeredWith };
}

/** What is recorded of a session's revocation. */
export interface SessionRevocation {
  /** The session's user, if known. */
  userId?: string | undefined;
  reason?: string | undefined;
  requestedBy: string;
  requestedAt: Date;
  denial: DenialAsked;
  /** Present if this revocation denies role sessions. */
  enterDenial?: EnterDenial | undefined;
  outcome: SessionOutcome;
  /** Copies to delete once everything is recorded. */
  copies: Copy[];
}

export interface SessionRevoked {
  revocation: Revocation;
  /** The outcome that this call recorded; undefined if a repetition had nothing to add. */
  recorded: SessionOutcome | undefined;
  cachedCopyDeleted: boolean;
}

/**
 * Does what follows Logout: writes the record first, then deletes the cached copies.
 *
 * @throws DomainError `record-incomplete`: the session is ended; repeat to complete the bookkeeping
 */
export async function record(
  deps: LogOutDeps,
  { cached, before, announced }: LoggedOut,
  revocation: SessionRevocation,
  deadline: Deadline,
): Promise<SessionRevoked> {
  const { outcome, copies, enterDenial } = revocation;
  const signal = untilAnswer(deadline);
  const header = headerOf(revocation, await userNameFor(deps, revocation, before, signal), deps);
  const stands = await completeRecord(deps.records, before, { header, outcome, enterDenial }, signal);

  if (cached.status === 'rejected') throw incomplete(cached.reason);
  if (announced.status === 'rejected') throw incomplete(announced.reason);
  await Promise.all(copies.map((copy) => deps.tokenCache.forget(copy, signal))).catch((error: unknown) =>
    Promise.reject(incomplete(error)),
  );

  const { header: standing, outcome: recorded } = stands;
  return {
    revocation: describeRevocation({ header: standing, outcomes: [recorded], users: [] }, deps.clock()),
    recorded: recorded === outcome && recorded !== before.outcomes[0] ? outcome : undefined,
    cachedCopyDeleted: copies.length > 0,
  };
}

/** A header that is already recorded never changes, so nobody looks up a name for it. */
async function userNameFor(
  { names }: LogOutDeps,
  { userId, copies, outcome: { sessionId } }: SessionRevocation,
  { header }: Recorded,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (userId === undefined || header) return undefined;
  return copies[0]?.userName ?? names?.of(userId, { revocationId: sessionId, directory: true }, signal);
}

/** The revocation has the id of the session, so the same token is the same revocation. */
function headerOf(
  { userId, reason, requestedBy, requestedAt, denial, outcome: { sessionId } }: SessionRevocation,
  recordedUserName: string | undefined,
  { portalSessionSeconds, maxRoleSessionSeconds }: Lifetimes,
): RevocationHeader {
  return {
    revocationId: sessionId,
    subject: { sessionId, ...(userId !== undefined && { userId }) },
    source: 'http',
    requestedBy,
    ...(reason !== undefined && { reason }),
    requestedAt,
    ...(recordedUserName !== undefined && { recordedUserName }),
    portalSessionSeconds,
    maxRoleSessionSeconds,
    denial,
  };
}
