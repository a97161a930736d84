import { announce } from '../announce.ts';
import type { Deadline } from '../deadline.ts';
import { untilAnswer } from '../deadline.ts';
import { DomainError } from '../errors.ts';
import type { OutgoingEventName } from '../outgoing-event.ts';
import type { ReportQueue } from '../ports.ts';
import { type LogOutDeps, logOut, record } from '../revoke/log-out-and-record.ts';
import type { CachedSession, SessionMetadata } from '../session.ts';
import type { LiveSession } from '../sessions/end-session.ts';
import { type FenceDeps, whyRefused } from './fence.ts';
import type { Confirmed } from './owner.ts';

/**
 * Ends the one session that was registered under a fence, and nothing else: only the revocation that raised the fence
 * denies role sessions. If the session cannot be ended now, it stays held, and is reported to the workers.
 *
 * @throws DomainError `record-incomplete`: the worker completes the record, as it is that of the session. `queue-unavailable`
 */
export async function endFenced(
  deps: LogOutDeps & { reports: ReportQueue },
  row: CachedSession,
  session: LiveSession,
  requestedBy: string,
  deadline: Deadline,
): Promise<void> {
  const { userId, sessionId } = row;
  try {
    const done = await logOut(deps, session, EVENTS, deadline);
    const asked = askedBy(requestedBy, userId, deps.clock());
    await record(deps, done, { ...asked, outcome: done.outcome, copies: [row] }, deadline);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    await deps.reports.send([{ kind: 'fenced', userId, sessionId }], deadline.signal);
    if (error.code === 'record-incomplete') throw error;
  }
}

const EVENTS: readonly OutgoingEventName[] = ['Session Refused', 'Revocation Completed'];

function askedBy(requestedBy: string, userId: string, requestedAt: Date) {
  const denial = 'per-user' as const;
  return { requestedBy, reason: 'signed in while being revoked', userId, requestedAt, denial };
}

/**
 * Completes the record of a session that an earlier call of this request ended. Required: that call may have recorded the
 * outcome only, and reported it to no worker. A revocation of the user then deletes the session, and nobody else
 * completes the record.
 *
 * @throws DomainError `record-incomplete`, `store-unavailable`, `queue-unavailable`: repeat
 */
export async function completeFenced(
  deps: LogOutDeps,
  { userId, sessionId }: CachedSession,
  requestedBy: string,
  deadline: Deadline,
): Promise<void> {
  const signal = untilAnswer(deadline);
  const before = await deps.records.read(sessionId, signal);
  const [outcome] = before.outcomes;
  if (before.header || !outcome) return;
  await announce(deps.notices, sessionId, EVENTS, signal);
  const settled = { status: 'fulfilled' } as const;
  const done = {
    outcome,
    cached: { ...settled, value: [] },
    announced: { ...settled, value: undefined },
    before,
  };
  const asked = askedBy(requestedBy, userId, deps.clock());
  await record(deps, done, { ...asked, outcome, copies: [] }, deadline);
}

/**
 * Reports a session that is held, and whose token the portal rejects: an earlier call of this request may have ended it and
 * crashed before it recorded that. The worker ends the session by what is held, so what is posted now changes nothing.
 *
 * @throws DomainError `user-revoked` once it is reported. `queue-unavailable`, `store-unavailable`
 */
export async function reportHeld(
  deps: FenceDeps & { reports: ReportQueue },
  { own, ...user }: Confirmed & { own: SessionMetadata[] },
  sessionId: string,
  signal: AbortSignal,
): Promise<void> {
  if (!own.some((session) => session.sessionId === sessionId)) return;
  const refused = await whyRefused(deps, user, signal);
  if (!refused) return;
  await deps.reports.send([{ kind: 'fenced', userId: user.userId, sessionId }], signal);
  throw refused;
}
