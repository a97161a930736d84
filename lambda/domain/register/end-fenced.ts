import type { Deadline } from '../deadline.ts';
import { DomainError } from '../errors.ts';
import type { ReportQueue } from '../ports.ts';
import { isHalfRecorded } from '../record/half-recorded.ts';
import { type Copy, type LogOutDeps, logOut, record } from '../revoke/log-out-and-record.ts';
import type { SessionMetadata } from '../session.ts';
import type { LiveSession } from '../sessions/end-session.ts';
import type { RevocationRecords } from '../stores.ts';
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
  row: Copy,
  session: LiveSession,
  requestedBy: string,
  deadline: Deadline,
): Promise<void> {
  const { userId, sessionId } = row;
  const asked = { requestedBy, reason: 'signed in while being revoked', userId, requestedAt: deps.clock() };
  try {
    const events = ['Session Refused', 'Revocation Completed'] as const;
    const done = await logOut(deps, session, { events, findCopies: async () => [row] }, deadline);
    await record(
      deps,
      done,
      { ...asked, denial: 'per-user', outcome: done.outcome, copies: [row] },
      deadline,
    );
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    await deps.reports.send([{ kind: 'fenced', userId, sessionId }], deadline.signal);
    if (error.code === 'record-incomplete') throw error;
  }
}

/**
 * Reports a session that an earlier call of this request may have ended, if the portal rejects its token now. If it is held, that
 * call may have crashed before it recorded the end. If it is not held, a revocation of the user deleted it since, and that call may
 * have recorded half of it. The worker relies on what is held and recorded, so what is posted now changes nothing.
 *
 * @throws DomainError `user-revoked` once a held session is reported. `queue-unavailable`, `store-unavailable`
 */
export async function reportEnded(
  deps: FenceDeps & { reports: ReportQueue; records: Pick<RevocationRecords, 'read'> },
  { own, ...user }: Confirmed & { own: SessionMetadata[] },
  sessionId: string,
  signal: AbortSignal,
): Promise<void> {
  const report = () => deps.reports.send([{ kind: 'fenced', userId: user.userId, sessionId }], signal);
  if (!own.some((session) => session.sessionId === sessionId)) {
    if (await isHalfRecorded(deps.records, sessionId, signal)) await report();
    return;
  }
  const refused = await whyRefused(deps, user, signal);
  if (!refused) return;
  await report();
  throw refused;
}
