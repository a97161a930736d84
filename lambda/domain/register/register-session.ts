import { type Deadline, untilBefore } from '../deadline.ts';
import { DomainError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import type { Directory, JobQueue, Sealer } from '../ports.ts';
import { type RevokeSessionDeps, revokeSession } from '../revoke/revoke-session.ts';
import type { Secret } from '../secret.ts';
import { type CachedSession, type RefreshCredentials, sessionIdOf } from '../session.ts';
import type { KeepTokens } from '../sessions/end-session.ts';
import { keeping } from '../sessions/held-session.ts';
import type { SessionRegister } from '../stores.ts';
import { type User, userIdOf } from '../user.ts';

export interface RegisterSessionDeps extends Omit<RevokeSessionDeps, 'denying'> {
  sealer: Sealer;
  register: SessionRegister;
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

/** What ending the session of a fenced user takes. */
const ENDING_MILLIS = 12_000;

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
  const signal = untilBefore(deadline, ENDING_MILLIS);
  const userId = await userIdOf(deps.directory, request.user, signal);
  const row = { userId, sessionId: sessionIdOf(accessToken) };
  const sealed = await deps.sealer.seal({ accessToken, ...(refresh && { refresh }) }, row, signal);
  const session = { ...row, ...(region !== undefined && { region }), registeredAt, expiresAt };
  const put = await deps.register.put({ ...session, accessTokenExpiresAt, sealed }, signal);
  if (await deps.register.isFenced(userId, deps.clock(), signal)) {
    const keep = keeping(deps.sealer, deps.register.put, session, signal);
    await endFenced(deps, { ...request, userId, copy: row, keep }, deadline);
    throw new DomainError('user-revoked', 'The sessions of this user are being ended, and this one is, too.');
  }
  return { ...row, expiresAt, isNew: put === 'new' };
}

/** Ends the session now; if that fails, the workers do it, for the session is held. */
async function endFenced(
  deps: RegisterSessionDeps,
  request: RegisterSessionRequest & { userId: string; copy: CachedSession; keep: KeepTokens },
  deadline: Deadline,
): Promise<void> {
  const reason = 'signed in while being revoked';
  try {
    // Whoever registers says whose session it is, which is no proof: what is denied is for the revocation to say that fenced the user.
    await revokeSession(
      { ...deps, denying: undefined },
      { ...request, reason, denial: 'per-user' },
      deadline,
    );
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { userId, accessToken, requestedBy } = request;
    const revocationId = derivedId('fenced', userId, sessionIdOf(accessToken));
    const requestedAt = deps.clock().toISOString();
    const job = {
      kind: 'revoke-user',
      revocationId,
      source: 'http',
      requestedBy,
      reason,
      requestedAt,
      userId,
    } as const;
    await deps.queue.send([{ ...job, deleted: false, removed: false }], deadline.signal);
    // The workers end what is held; the record under the session's own id only the caller's repetition completes.
    if (error.code === 'record-incomplete') throw error;
  }
}
