import type { Deadline } from '../deadline.ts';
import { DomainError } from '../errors.ts';
import type { ReportQueue } from '../ports.ts';
import { type LogOutDeps, logOut, record } from '../revoke/log-out-and-record.ts';
import type { CachedSession } from '../session.ts';
import type { LiveSession } from '../sessions/end-session.ts';

/**
 * Ends the one session that was registered under a fence, and nothing else: only the revocation that raised the fence
 * denies role sessions. If the session cannot be ended now, it stays held, and the workers are told to look at it.
 *
 * @throws DomainError `record-incomplete`: only the caller's repetition completes the record under the session's id.
 * `queue-unavailable`
 */
export async function endFenced(
  deps: LogOutDeps & { reports: ReportQueue },
  row: CachedSession,
  session: LiveSession,
  requestedBy: string,
  deadline: Deadline,
): Promise<void> {
  const { userId, sessionId } = row;
  const asked = { requestedBy, reason: 'signed in while being revoked', userId, requestedAt: deps.clock() };
  try {
    const done = await logOut(deps, session, deadline);
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
