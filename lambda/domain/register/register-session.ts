import { type Deadline, untilEnding } from '../deadline.ts';
import { DomainError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import { revokeUserJob } from '../job.ts';
import type { Directory, JobQueue, Sealer } from '../ports.ts';
import { type LogOutDeps, logOut, record } from '../revoke/log-out-and-record.ts';
import type { Secret } from '../secret.ts';
import { type CachedSession, type RefreshCredentials, sessionIdOf } from '../session.ts';
import type { LiveSession } from '../sessions/end-session.ts';
import { keeping } from '../sessions/held-session.ts';
import type { TokenCache } from '../stores.ts';
import { type User, userIdOf } from '../user.ts';

export interface RegisterSessionDeps extends LogOutDeps {
  tokenCache: LogOutDeps['tokenCache'] & Pick<TokenCache, 'put' | 'isFenced'>;
  sealer: Sealer;
  queue: JobQueue;
  /** Absent where the stack does not know its identity store. */
  directory: Directory | undefined;
  /** How long a sign-in session lives where it can be refreshed. */
  portalSessionSeconds: number;
}

export interface RegisterSessionRequest {
  user: User;
  accessToken: Secret;
  refresh?: RefreshCredentials | undefined;
  accessTokenExpiresAt: Date;
  region?: string | undefined;
  requestedBy: string;
}

export interface SessionRegistered {
  sessionId: string;
  userId: string;
  expiresAt: Date;
  isNew: boolean;
}

/**
 * Holds a session, so that it can be ended when its user leaves.
 *
 * Writes the session, then reads the fence; revoking raises the fence, then reads the sessions. Whichever comes first,
 * one of the two sees the other.
 *
 * @throws DomainError `session-expired`: nothing to hold. `user-revoked`: the user's sessions are being ended, and this
 * one with them, now or by the queue. `user-not-found`, `directory-unavailable`, `cipher-unavailable`, `store-unavailable`: not held, or not known to be; repeat.
 */
export async function registerSession(
  deps: RegisterSessionDeps,
  request: RegisterSessionRequest,
  deadline: Deadline,
): Promise<SessionRegistered> {
  const { accessToken, refresh, accessTokenExpiresAt, region } = request;
  const registeredAt = deps.clock();
  const expiresAt = refresh
    ? new Date(registeredAt.getTime() + deps.portalSessionSeconds * 1000)
    : accessTokenExpiresAt;
  if (expiresAt <= registeredAt) {
    throw new DomainError(
      'session-expired',
      'The access token is expired and cannot be refreshed. Sign in again.',
    );
  }
  const signal = untilEnding(deadline);
  const userId = await userIdOf(deps.directory, request.user, signal);
  const row = { userId, sessionId: sessionIdOf(accessToken) };
  const tokens = { accessToken, ...(refresh && { refresh }) };
  const sealed = await deps.sealer.seal(tokens, row, signal);
  const session = { ...row, ...(region !== undefined && { region }), registeredAt, expiresAt };
  const put = await deps.tokenCache.put({ ...session, accessTokenExpiresAt, sealed }, signal);
  if (await deps.tokenCache.isFenced(userId, deps.clock(), signal)) {
    const keep = keeping(deps.sealer, deps.tokenCache.put, session, signal);
    const live = { tokens, region, accessTokenExpiresAt, keep };
    await endFenced(deps, row, live, request.requestedBy, deadline);
    throw new DomainError('user-revoked', 'The sessions of this user are being ended, and this one is, too.');
  }
  return { ...row, expiresAt, isNew: put === 'new' };
}

/** Ends the session now; if that fails, the workers do it, for the session is held. */
async function endFenced(
  deps: RegisterSessionDeps,
  row: CachedSession,
  session: LiveSession,
  requestedBy: string,
  deadline: Deadline,
): Promise<void> {
  const { userId, sessionId } = row;
  const asked = { requestedBy, reason: 'signed in while being revoked', userId, requestedAt: deps.clock() };
  try {
    const done = await logOut(deps, session, deadline);
    const found = done.cached.status === 'fulfilled' ? done.cached.value : [];
    // The index may not have the row yet that was just written.
    const copies = [...found.filter((copy) => copy.userId !== userId), row];
    // Whoever registers says whose session it is, which is no proof: only the revocation that fenced the user denies.
    await record(deps, done, { ...asked, denial: 'per-user', outcome: done.outcome, copies }, deadline);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const revocationId = derivedId('fenced', userId, sessionId);
    const job = revokeUserJob({ ...asked, revocationId, source: 'http', cause: 'signed-out' });
    await deps.queue.send([job], deadline.signal);
    // The workers end what is held; the record under the session's own id only the caller's repetition completes.
    if (error.code === 'record-incomplete') throw error;
  }
}
